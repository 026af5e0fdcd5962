"""The cited answer: what the platform decided, in one sentence, and the chain of reasons down to the source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from core.messages import Language


class Certainty(StrEnum):
    """How firmly a decision stands."""

    CONFIRMED = "confirmed"
    """Rests on texts that were read."""
    INTERPRETED = "interpreted"
    """Rests on a reading chosen between several, or on a decision of the platform where the sources are silent."""
    UNVERIFIED = "unverified"
    """Rests on a report or a summary of the text, not on the text."""
    UNDECIDED = "undecided"
    """A fact is missing or a city's hook failed: an officer decides."""
    NOT_CONFIGURED = "not_configured"
    """No figure is known; the platform does not guess."""


class Kind(StrEnum):
    """What sort of value a decision, a term or a fact holds."""

    MONEY = "money"
    RATE = "rate"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    SPAN = "span"
    CODE = "code"
    TEXT = "text"
    CODES = "codes"
    TEXTS = "texts"


Value = Decimal | int | bool | date | str | tuple[str, ...]


@dataclass(frozen=True)
class Citation:
    """A place in a source. ``locator`` names the article or section; ``evidence`` how the source was read."""

    source: str
    title: str
    number: str | None
    locator: str
    evidence: str
    in_force: str | None = None

    def __str__(self) -> str:
        return f"《{self.title}》{f'（{self.number}）' if self.number else ''}{self.locator}"


@dataclass(frozen=True)
class Reason:
    """One step of the chain; ``depth`` 0 is the rule asked for, deeper ones are what it rests on."""

    depth: int
    path: str
    sentence: str
    value: str | None = None
    since: str | None = None
    citation: Citation | None = None


@dataclass(frozen=True)
class Alternative:
    """What the same question would answer under another reading; ``value`` None where that reading gives none."""

    interpretation: str
    question: str
    reading: str
    label: str
    value: str | None


@dataclass(frozen=True)
class RulesetRef:
    """Which rules: the city, the number people use, and the digest that identifies the content."""

    city: str
    version: str
    digest: str


@dataclass(frozen=True)
class Decision:
    """One answered question. ``value`` is canonical text (yuan with two places, rates as fractions, ISO dates)."""

    path: str
    label: str
    on: str
    kind: Kind
    certainty: Certainty
    value: str | None
    sentence: str
    because: tuple[Reason, ...]
    ruleset: RulesetRef
    alternatives: tuple[Alternative, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For keeping with the act that rested on it; ``from_json`` reads it back."""
        return _KEPT.dump_python(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Decision":
        """The decision as it was kept. Parts that a later version added take their defaults."""
        return _KEPT.validate_python(dict(kept))


_KEPT = TypeAdapter(Decision)


@dataclass(frozen=True)
class Violation:
    """A rule that an act breaks (or only a warning), with the decision it rests on. ``path`` is the input's field.

    ``english`` is None where a ruleset has its text in Chinese alone. ``lacking`` are the facts for want of which it
    could not be told whether the rule is broken.
    """

    code: str
    path: Sequence[str]
    message: str
    decision: Decision | None
    refuses: bool = True
    english: str | None = None
    lacking: Sequence[str] = ()

    def sentence(self, language: Language) -> str | None:
        return self.english if language == "en" else self.message
