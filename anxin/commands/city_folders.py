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


def find_under(asked: Sequence[str] | None, rules: Path | None) -> list[Place]:
    """The places meant by names of cities, folders of cities or of rules, or files; all where nothing is asked."""
    if not asked:
        return find_all(rules)
    found: list[Place] = []
    by_name: dict[str, Place] = {}
    for word in asked:
        path = Path(word)
        folder = (path.parent if path.is_file() else path).resolve()
        if path.is_file() or (folder / "ruleset.yaml").is_file():
            found.append(Place(folder.name, folder))
        elif folder.is_dir() and (inside := cities.places_in(folder)):
            found += inside
        elif word in (by_name := by_name or {place.city: place for place in find_all(rules)}):
            found.append(by_name[word])
        else:
            fail(f"{path} 中没有 ruleset.yaml，也没有名为“{word}”的城市规则；有：{'、'.join(by_name)}")
    return found


def find_named(names: Sequence[str], rules: Path | None) -> list[Place]:
    by_name = {place.city: place for place in find_all(rules)}
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
