"""What the suite really asks rulesets for by name, compared at its end with what ``readers`` says that code reads.

A path that stands in the code and is never reached is as dead as one that nobody wrote. Each worker hands in what it
saw; the comparison is made where the whole suite ran, and fails it.
"""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from core.rulesets import readers
from core.rulesets.lookup import RuleLookup
from core.rulesets.ruleset import Ruleset

ROOT = Path(__file__).parents[2]
_CODE = tuple(f"{ROOT / folder}/" for folder in ("core", "resolvers", "schema", "anxin", "plugins"))
_RULES = f"{ROOT / 'core' / 'rulesets'}/"
_NOT_CODE = (
    *(f"{_RULES}{file}.py" for file in ("worked_examples", "coverage")),
    f"{ROOT / 'anxin' / 'commands'}/",
    f"{ROOT / 'resolvers' / 'rulesets.py'}",  # shows whatever stands in a ruleset
)
_ASKED = {
    # Where each kind of name is asked for, and the argument that is the name.
    "terms": [(RuleLookup, "value"), (RuleLookup, "value_or_none")],
    "acts": [(Ruleset, "check"), (RuleLookup, "procedure"), (Ruleset, "materials")],
    "forms": [(RuleLookup, "form"), (Ruleset, "required_fields")],
    "notices": [(RuleLookup, "notice")],
}
_DECLARED = {
    "terms": readers.TERMS,
    "acts": readers.ACTS,
    "forms": readers.FORMS,
    "notices": readers.NOTICES,
}

seen: set[tuple[str, str]] = set()


def watch() -> None:
    """Notes from now on what code asks for."""
    for kind, places in _ASKED.items():
        for owner, name in places:
            setattr(owner, name, _note(kind, getattr(owner, name)))


def find_unasked(asked: set[tuple[str, str]]) -> list[str]:
    """The names that are declared and that nobody asked for."""
    return sorted(f"{kind}: {name}" for kind, names in _DECLARED.items() for name in names if (kind, name) not in asked)


def _note(kind: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def noting(self: RuleLookup, name: str, *arguments: Any, **named: Any) -> Any:
        if (kind, name) not in seen and _is_code(inspect.currentframe(), terms=kind == "terms"):
            seen.add((kind, name))
        return method(self, name, *arguments, **named)

    return noting


def _is_code(frame: FrameType | None, *, terms: bool) -> bool:
    """Whether code of an area asks; of a term itself, not through a rule that compares with it or words it."""
    for file in _list_files(frame):
        if file == __file__:
            continue
        if file.startswith(_NOT_CODE) or not file.startswith(_CODE):
            return False
        if not file.startswith(_RULES):
            return True
        if terms:
            return False
    return False


def _list_files(frame: FrameType | None) -> Iterator[str]:
    while frame:
        yield frame.f_code.co_filename
        frame = frame.f_back


class Comparison:
    """Collects what the workers saw."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._unasked: list[str] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        seen.update((kind, name) for kind, name in getattr(node, "workeroutput", {}).get("asked", ()))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if hasattr(self._config, "workeroutput"):
            vars(self._config)["workeroutput"]["asked"] = sorted(map(list, seen))
        elif exitstatus == 0 and self._ran_whole():
            self._unasked = find_unasked(seen)
            if self._unasked:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for each in self._unasked:
            terminalreporter.write_line(f"core/rulesets/readers.py declares what nobody asked for: {each}", red=True)

    def _ran_whole(self) -> bool:
        option = self._config.option
        chosen = (option.keyword, option.markexpr, option.tenth, option.collectonly, getattr(option, "lf", False))
        return self._config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(chosen)
