"""The cited answer, shown."""

from datetime import date
from decimal import Decimal

import strawberry

from core import decisions
from core.decisions import Certainty, Kind
from resolvers.scalars import Rate, Yuan
from schema.types import answered_by, represents


@represents(decisions.Citation, "A place in a source (依据条款).")
class Citation:
    source: str
    title: str
    number: str | None
    locator: str
    evidence: str
    in_force: str | None


@represents(decisions.Reason, "One step of the chain behind a decision (依据).")
class Reason:
    depth: int
    path: str
    sentence: str
    value: str | None
    since: str | None
    citation: Citation | None


@represents(decisions.Alternative, "What another reading of an open question of law would give (其他理解).")
class Alternative:
    interpretation: str
    question: str
    reading: str
    label: str
    value: str | None


@represents(
    decisions.RulesetRef, "Which rules: the number people use, and the digest that identifies the content (规则版本)."
)
class RulesetRef:
    city: str
    version: str
    digest: str


def _money(root: strawberry.Parent[decisions.Decision]) -> Decimal | None:
    return Decimal(root.value) if root.value is not None and root.kind is Kind.MONEY else None


def _rate(root: strawberry.Parent[decisions.Decision]) -> Decimal | None:
    return Decimal(root.value) if root.value is not None and root.kind is Kind.RATE else None


def _on(root: strawberry.Parent[decisions.Decision]) -> date:
    return date.fromisoformat(root.on)


@represents(decisions.Decision, "An answered question: the outcome, one sentence in Chinese, and why (判定).")
class Decision:
    path: str
    label: str
    kind: Kind
    certainty: Certainty
    value: str | None
    sentence: str
    because: list[Reason]
    alternatives: list[Alternative]
    ruleset: RulesetRef
    on: date = answered_by(_on)
    money: Yuan | None = answered_by(_money)
    rate: Rate | None = answered_by(_rate)


@represents(
    decisions.Violation,
    "A rule that an act breaks, or, with `refuses` false, only should look at again (不符合的规定).",
)
class Violation:
    code: str
    path: list[str]
    message: str
    refuses: bool
    decision: Decision | None
