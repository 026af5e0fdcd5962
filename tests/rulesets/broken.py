"""A shipped city copied and broken as a clerk or a merge would, and what is said of it."""

from pathlib import Path

from core.rulesets.language.diagnostics import Diagnostic, RulesetInvalid
from plugins import cities

Edit = tuple[str, str]


def value(path: str, written: str, *, since: str = "2025-01-15", source: str = "anxin", more: str = "") -> Edit:
    """An entry of its own under ``values``."""
    entry = f"    - {{from: {since}, value: {written}, source: {source}, locator: 第九条{more}}}\n"
    return "\nvalues:\n", f"\nvalues:\n  {path}:\n{entry}"


def check(act: str, written: str) -> Edit:
    """A check more for an act that the city already writes checks for."""
    return f"\nchecks:\n  {act}:\n", f"\nchecks:\n  {act}:\n    - {{{written}}}\n"


def section(name: str, written: str) -> Edit:
    """An entry at the head of a section that is there."""
    body = "".join(f"  {line}\n" for line in written.splitlines())
    return f"\n{name}:\n", f"\n{name}:\n{body}"


def break_city(folder: Path, city: str, *edits: Edit) -> Path:
    """The city's folder in ``folder`` with every edit made; each must find its place, once."""
    made = folder / city
    made.mkdir(parents=True)
    text = (cities.shipped_folder() / city / "ruleset.yaml").read_text("utf-8")
    for old, new in edits:
        assert text.count(old) == 1, (text.count(old), old)
        text = text.replace(old, new)
    (made / "ruleset.yaml").write_text(text, "utf-8")
    return made


def find_said(folder: Path) -> list[Diagnostic]:
    """Everything that is said of the city: what refuses it and what only warns."""
    try:
        cities.load_folder(folder)
    except RulesetInvalid as invalid:
        return list(invalid.diagnostics)
    return list(cities.find_warnings(folder))
