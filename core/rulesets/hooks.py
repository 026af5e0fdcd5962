"""What a city may answer in code, as the domain sees it. ``plugins`` finds the hooks and keeps them on a leash."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from core.rulesets.language.conditions import Facts


class HookFailed(Exception):
    """A hook raised, ran too long, or answered with something else than its contract says."""

    def __init__(self, hook: str, reason: str) -> None:
        super().__init__(f"{hook}: {reason}")
        self.hook = hook
        self.reason = reason


@dataclass(frozen=True)
class BrokenRule:
    """A rule that a hook found broken. ``source`` is a code of the ruleset's ``sources``."""

    code: str
    message: str
    source: str
    locator: str
    at: str | None = None
    message_en: str | None = None


@dataclass(frozen=True)
class Supervisors:
    """The industry authority and the HRSS office of a project, by their full names."""

    industry_authority: str
    hrss_office: str


class Hooks(Protocol):
    """Pure questions: facts and a day in; None or nothing means "as usual". Any call may raise HookFailed."""

    def calculate(self, name: str, facts: Facts, on: date) -> Decimal | None: ...
    def broken_rules(self, act: str, facts: Facts, on: date) -> Sequence[BrokenRule]: ...
    def supervisors(self, facts: Facts, on: date) -> Supervisors | None: ...
    def under_another_clock(self) -> "Hooks":
        """The same, begun anew on another day: whoever reads the clock or remembers answers otherwise."""
        ...


class NoHooks:
    """A city without hooks."""

    def calculate(self, name: str, facts: Facts, on: date) -> Decimal | None:
        return None

    def broken_rules(self, act: str, facts: Facts, on: date) -> Sequence[BrokenRule]:
        return ()

    def supervisors(self, facts: Facts, on: date) -> Supervisors | None:
        return None

    def under_another_clock(self) -> Hooks:
        return self


class MissingHooks:
    """Stands for hooks whose source is no longer the one a case began under: never recomputed with other code."""

    def calculate(self, name: str, facts: Facts, on: date) -> Decimal | None:
        raise HookFailed(name, "该版本的城市规则程序已不在")

    def broken_rules(self, act: str, facts: Facts, on: date) -> Sequence[BrokenRule]:
        raise HookFailed("broken_rules", "该版本的城市规则程序已不在")

    def supervisors(self, facts: Facts, on: date) -> Supervisors | None:
        raise HookFailed("supervisors", "该版本的城市规则程序已不在")

    def under_another_clock(self) -> Hooks:
        return self
