"""The cited answer, shown."""

from datetime import date
from decimal import Decimal

import strawberry

from core import decisions
from core.decisions import Certainty, Kind
from resolvers.scalars import Rate, Yuan
from schema.fields import answered_by, represents


@strawberry.type(description="A place in a source (依据条款).")
@represents(decisions.Citation)
class Citation:
    source: str
    title: str
    number: str | None
    locator: str
    evidence: str
    in_force: str | None


@strawberry.type(description="One step of the chain behind a decision (依据).")
@represents(decisions.Reason)
class Reason:
    depth: int
    path: str
    sentence: str
    value: str | None
    since: str | None
    citation: Citation | None


@strawberry.type(description="What another reading of an open question of law would give (其他理解).")
@represents(decisions.Alternative)
class Alternative:
    interpretation: str
    question: str
    reading: str
    label: str
    value: str | None


@strawberry.type(
    description="Which rules: the number people use, and the digest that identifies the content (规则版本)."
)
@represents(decisions.RulesetRef)
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


@strawberry.type(description="An answered question: the outcome, one sentence in Chinese, and why (判定).")
@represents(decisions.Decision)
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


@strawberry.type(
    description="A rule that an act breaks, or, with `refuses` false, only should look at again (不符合的规定)."
)
@represents(decisions.Violation)
class Violation:
    code: str
    path: list[str]
    message: str
    refuses: bool
    decision: Decision | None
