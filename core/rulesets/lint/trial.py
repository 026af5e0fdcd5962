"""Cases to try a rule on: one for everything its comparisons can tell apart, answered by the evaluation of real cases.

Every comparison sets one fact against one constant, so a rule can tell only finitely many cases apart. What is reported
is not suspected but shown.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from math import prod
from random import Random
from typing import Any

from core.decisions import Kind, RulesetRef, Value
from core.rulesets.language import values
from core.rulesets.language.conditions import (
    Comparison,
    Condition,
    Facts,
    NotConfigured,
    Unknown,
    ValueRef,
    holds,
    walk_comparisons,
)
from core.rulesets.language.format import Fact
from core.rulesets.lint.context import LintContext
from core.rulesets.lookup import RuleLookup

MOST_CASES = 20_000
"""Of a rule that can tell more cases apart as many are drawn, the same ones every time."""
MOST_DAYS = 8
"""Days on which a figure changes under one rule; of more the last ones."""

# No two constants of one kind lie closer together; of rates, none that a law would write.
_STEPS = {Kind.MONEY: Decimal("0.01"), Kind.RATE: Decimal("1e-12"), Kind.INTEGER: 1}


class _TrialLookup(RuleLookup):
    """A figure of another kind than its term's is told at its own place, and here is not known."""

    def value(self, path: str, on: date) -> Any:
        try:
            return super().value(path, on)
        except values.WrongKind:
            raise NotConfigured(path, self.term(path).label) from None


def make_lookup(context: LintContext) -> RuleLookup:
    """The layers as they answer, under no name."""
    return _TrialLookup(RulesetRef("", "", ""), context.layers)


class Case:
    """One of the cases tried."""

    def __init__(self, rules: RuleLookup, facts: Facts, on: date) -> None:
        self.rules = rules
        self.facts = facts
        self.on = on

    def fact_value(self, fact: str) -> Value | None:
        return self.facts.get(fact)

    def term_value(self, term: str) -> Value:
        return self.rules.value(term, self.on)

    def answer(self, condition: Condition | None) -> bool | None:
        """Whether the condition holds, as one that is not written does; None where it hangs on a figure not set."""
        try:
            return condition is None or holds(condition, self)
        except NotConfigured:
            return None
        except Unknown:
            return False


def list_comparisons(conditions: Iterable[Condition | None]) -> list[Comparison]:
    return [found for condition in conditions if condition for _, found in walk_comparisons(condition)]


def list_days(rules: RuleLookup, compared: Sequence[Comparison], since: date, until: date | None) -> list[date]:
    """The rule's first day, and each later one, until the next version, on which a figure it compares with changes."""
    terms = {limit.value for each in compared for _, limit in each.stated_operators() if isinstance(limit, ValueRef)}
    changes = {
        entry.since
        for layer in rules.layers
        for term in terms
        for entry in layer.values.get(term, ())
        if since < entry.since and (until is None or entry.since < until)
    }
    return [since, *sorted(changes)[-MOST_DAYS:]]


def list_cases(rules: RuleLookup, compared: Sequence[Comparison], on: date) -> Iterator[Case]:
    """Every case, or as many as may be tried, that the comparisons tell apart on that day."""
    sides = {fact: _list_values(rules, fact, compared, on) for fact in dict.fromkeys(each.fact for each in compared)}
    for combination in combine(list(sides.values())):
        yield Case(rules, dict(zip(sides, combination, strict=True)), on)


def is_too_wide(rules: RuleLookup, compared: Sequence[Comparison], on: date) -> bool:
    """Whether only some of the cases are tried: then what was not met may yet be."""
    facts = dict.fromkeys(each.fact for each in compared)
    return prod(len(_list_values(rules, fact, compared, on)) for fact in facts) > MOST_CASES


def combine(sides: Sequence[Sequence[Value | None]]) -> Iterator[tuple[Value | None, ...]]:
    """All combinations, or as many as may be tried drawn from them."""
    most = MOST_CASES
    if prod(map(len, sides)) <= most:
        yield from product(*sides)
        return
    draw = Random(most)  # noqa: S311 -- not a secret: the same cases for the same file
    for _ in range(most):
        yield tuple(draw.choice(side) for side in sides)


def describe_case(case: Case) -> str:
    """The case's facts in words, for showing what a rule does with it."""
    return "，".join(
        f"{case.rules.fact(fact).label}为 {'未填写' if value is None else case.rules.fact_text(fact, value)}"
        for fact, value in case.facts.items()
    )


def _list_values(rules: RuleLookup, path: str, compared: Sequence[Comparison], on: date) -> list[Value | None]:
    """One value of the fact on every side of every constant it is compared with; None where a row asks for that.

    A limit that is not configured tells no cases apart: whatever hangs on it is not known.
    """
    fact, found = rules.fact(path), dict[Value | None, None]()
    for comparison in compared:
        if comparison.fact != path:
            continue
        [(operator, comparand)] = comparison.stated_operators()
        if operator == "missing":
            found[None] = None
            found.update(dict.fromkeys(_other_values(fact)))
            continue
        for raw in comparand if operator == "in" else [comparand]:
            try:
                constant = rules.value(raw.value, on) if isinstance(raw, ValueRef) else values.from_yaml(raw, fact.kind)
            except NotConfigured:
                found.update(dict.fromkeys(_other_values(fact)))
                continue
            found.update(dict.fromkeys(_neighbours(constant, fact)))
    return list(found)


def _neighbours(constant: Value, fact: Fact) -> list[Value]:
    match constant:
        case bool():
            return [True, False]
        case Decimal() | int():
            step = _STEPS[fact.kind]
            return [each for each in (constant, constant + step, constant - step) if each >= min(constant, 0)]
        case date():
            return [constant, constant + timedelta(days=1), constant - timedelta(days=1)]
        case _:
            return [constant, *_other_values(fact)]


def _other_values(fact: Fact) -> list[Value]:
    """Values of the fact that no row needs to name."""
    match fact.kind:
        case Kind.BOOLEAN:
            return [True, False]
        case Kind.MONEY | Kind.RATE:
            return [Decimal(0)]
        case Kind.INTEGER:
            return [0]
        case Kind.DATE:
            return [date(2000, 1, 1)]
        case Kind.CODE | Kind.TEXT | Kind.SPAN:
            return list(fact.options) if fact.options else ["其他"]
        case Kind.CODES | Kind.TEXTS:
            return [("其他",)]
