"""The folders of cities that a command is asked about, and what lies in them."""

from collections.abc import Sequence
from pathlib import Path

from anxin.commands.terminal import fail, refuse
from core.rulesets import worked_examples
from core.rulesets.language.diagnostics import RulesetInvalid
from core.rulesets.language.format import WorkedExample
from core.rulesets.ruleset import Ruleset
from plugins import cities
from plugins.cities import Place


def find_all(rules: Path | None) -> list[Place]:
    try:
        return cities.find_places(rules)
    except RulesetInvalid as invalid:
        refuse(invalid.diagnostics)
        raise


def find_under(paths: Sequence[Path] | None, rules: Path | None) -> list[Place]:
    if not paths:
        return find_all(rules)
    found: list[Place] = []
    for path in paths:
        folder = (path.parent if path.is_file() else path).resolve()
        if path.is_file() or (folder / "ruleset.yaml").is_file():
            found.append(Place(folder.name, folder))
        elif folder.is_dir() and (inside := cities.places_in(folder)):
            found += inside
        else:
            fail(f"{path} 中没有 ruleset.yaml；写城市文件夹、规则文件夹或 ruleset.yaml 的路径")
    return found


def find_named(names: Sequence[str] | None, rules: Path | None) -> list[Place]:
    known = find_all(rules)
    if not names:
        return [place for place in known if (place.folder / "tests.yaml").is_file()]
    by_name = {place.city: place for place in known}
    for name in names:
        if name not in by_name:
            fail(f"没有名为“{name}”的城市规则；有：{'、'.join(by_name)}")
    return [by_name[name] for name in names]


def load(place: Place) -> Ruleset:
    try:
        return cities.load_folder(place.folder, city=place.city)
    except RulesetInvalid as invalid:
        refuse(invalid.diagnostics)
        raise


def load_with_examples(place: Place) -> tuple[Ruleset, list[WorkedExample]]:
    ruleset = load(place)
    try:
        return ruleset, read_examples(place, ruleset)
    except RulesetInvalid as invalid:
        refuse(invalid.diagnostics)
        raise


def read_examples(place: Place, ruleset: Ruleset) -> list[WorkedExample]:
    path = place.folder / "tests.yaml"
    if not path.is_file():
        return []
    return worked_examples.read(path.read_bytes(), f"{display_name(place)}/tests.yaml", ruleset)


def display_name(place: Place) -> str:
    return f"{place.folder.parent.name}/{place.folder.name}"
