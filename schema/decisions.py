"""The cited answer, shown."""

from datetime import date
from decimal import Decimal

import strawberry

from core import decisions
from core.decisions import Certainty, Kind
from resolvers.scalars import Rate, Yuan
from schema.fields import answered_by, represents


@strawberry.type(description="A place in a source.")
@represents(decisions.Citation)
class Citation:
    source: str = strawberry.field(description="The source's code in the ruleset.")
    title: str
    number: str | None = strawberry.field(description="文号")
    locator: str = strawberry.field(description="条款 or section.")
    evidence: str = strawberry.field(description="How the source was read: text, news, summary, platform_decision.")
    in_force: str | None = strawberry.field(description="施行日期, an ISO date.")


@strawberry.type(description="One step of the chain behind a decision.")
@represents(decisions.Reason)
class Reason:
    depth: int = strawberry.field(description="0 is the rule asked for; deeper ones are what it rests on.")
    path: str
    sentence: str
    value: str | None = strawberry.field(description="Canonical text: yuan with two places, fractions, ISO dates.")
    since: str | None = strawberry.field(description="The day from which the entry holds.")
    citation: Citation | None


@strawberry.type(description="What another reading of an open question of law would give.")
@represents(decisions.Alternative)
class Alternative:
    interpretation: str
    question: str
    reading: str
    label: str
    value: str | None


@strawberry.type(description="Which rules: the number people use, and the digest that identifies the content.")
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


@strawberry.type(description="An answered question: the outcome, one sentence in Chinese, and why.")
@represents(decisions.Decision)
class Decision:
    path: str = strawberry.field(description="The rule's name: `wage_deposit.requested_amount`.")
    label: str
    kind: Kind
    certainty: Certainty
    value: str | None = strawberry.field(description="Canonical text; null where nothing was decided.")
    sentence: str
    because: list[Reason] = strawberry.field(description="The chain down to the sources, the rule asked for first.")
    alternatives: list[Alternative]
    ruleset: RulesetRef = strawberry.field(description="The rules it was decided under.")
    on: date = answered_by(_on, "The day whose rules apply.")
    money: Yuan | None = answered_by(_money, "The value when it is an amount.")
    rate: Rate | None = answered_by(_rate, "The value when it is a rate.")


@strawberry.type(description="A rule that an act breaks, or (with `refuses` false) only should look at again.")
@represents(decisions.Violation)
class Violation:
    code: str
    path: list[str] = strawberry.field(description="The input's field, in snake case; empty for the act as a whole.")
    message: str
    refuses: bool
    decision: Decision | None
