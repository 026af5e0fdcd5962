"""What is wrong with a decision table: rows never reached, rows that meet in one case, outcomes no row gives.

Every comparison sets one fact against one constant, so a table can tell only finitely many cases apart. They are tried,
with the evaluation that answers real cases: what is reported is not suspected but shown, with the case that shows it.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise, product
from math import prod

from core.decisions import Kind, RulesetRef, Value
from core.rulesets.language import values
from core.rulesets.language.conditions import Comparison, Condition, Facts, Unknown, ValueRef, holds, walk_comparisons
from core.rulesets.language.diagnostics import Diagnostic
from core.rulesets.language.format import Fact, TableRule, TableVersion
from core.rulesets.language.strict_yaml import Location
from core.rulesets.lint.context import LintContext
from core.rulesets.lookup import RuleLookup

MOST_CASES = 20_000
"""A table that can tell more cases apart is not tried; it is still checked when it is asked."""

# No two constants of one kind lie closer together; of rates, none that a law would write.
_STEPS = {Kind.MONEY: Decimal("0.01"), Kind.RATE: Decimal("1e-12"), Kind.INTEGER: 1}


def check_tables(context: LintContext) -> Iterator[Diagnostic]:
    for path, table in context.file.tables.items():
        for index, version in enumerate(table.versions):
            at: Location = ("tables", path, "versions", index, "rows")
            found = [*_check_rows(context, at, table, version), *_check_shape(context, at, table, version)]
            yield from found or _try_cases(context, at, version)


def _check_rows(context: LintContext, at: Location, table: TableRule, version: TableVersion) -> Iterator[Diagnostic]:
    ids = [row.id for row in version.rows]
    for number, row in enumerate(version.rows):
        here = (*at, number)
        yield from context.check_condition((*here, "when"), row.when)
        yield from context.check_message((*here, "message"), row.message)
        yield from context.check_literal((*here, "outcome"), row.outcome, Kind.CODE, table.outcomes)
        if row.id in ids[:number]:
            yield context.diagnostic((*here, "id"), "DUPLICATE_ID", f"行“{row.id}”重复", "换一个 id")
        if row.when is None and number != len(version.rows) - 1:
            yield context.diagnostic(here, "UNREACHABLE", "默认行之后的行永远不会用到", "把默认行移到最后")


def _check_shape(context: LintContext, at: Location, table: TableRule, version: TableVersion) -> Iterator[Diagnostic]:
    if version.hit_policy == "first" and version.rows[-1].when is not None:
        yield context.diagnostic(at, "NO_DEFAULT", "判定表没有默认行", "最后加一行不写 when 的默认行")
    for outcome in sorted(set(table.outcomes) - {row.outcome for row in version.rows}):
        yield context.diagnostic(at, "OUTCOME_UNUSED", f"没有一行得出“{outcome}”", "补上这一行或删去该结果")


def _try_cases(context: LintContext, at: Location, version: TableVersion) -> Iterator[Diagnostic]:
    rules = RuleLookup(RulesetRef("", "", ""), context.layers)
    compared = [found for row in version.rows if row.when for _, found in walk_comparisons(row.when)]
    try:
        sides = {fact: _list_values(rules, fact, compared, version.since) for fact in {each.fact for each in compared}}
    except Unknown:
        return  # a limit that is not configured yet
    if prod(map(len, sides.values())) > MOST_CASES:
        return
    reached, met = set[int](), dict[tuple[int, int], Facts]()
    for combination in product(*sides.values()):
        facts = dict(zip(sides, combination, strict=True))
        case = _Case(rules, facts, version.since)
        hits = [number for number, row in enumerate(version.rows) if row.when and _holds(row.when, case)]
        if version.hit_policy == "first":
            hits = hits[:1]
        reached.update(hits)
        for pair in pairwise(hits):
            met.setdefault(pair, facts)
    for number, row in enumerate(version.rows):
        if row.when and number not in reached:
            yield context.diagnostic(
                (*at, number), "UNREACHABLE", f"行“{row.id}”永远不会用到", "检查条件，或删去这一行"
            )
    for (first, second), facts in met.items():
        shown = "，".join(
            f"{rules.fact(fact).label}为 {_describe_value(rules, fact, value)}" for fact, value in facts.items()
        )
        message = f"行“{version.rows[first].id}”与“{version.rows[second].id}”同时符合（{shown}）"
        yield context.diagnostic((*at, second, "when"), "ROWS_OVERLAP", message, "改到互不重叠，或用 hit_policy: first")


def _holds(condition: Condition, case: "_Case") -> bool:
    try:
        return holds(condition, case)
    except Unknown:
        return False


def _describe_value(rules: RuleLookup, fact: str, value: Value | None) -> str:
    return "未填写" if value is None else rules.fact_text(fact, value)


class _Case:
    """One of the cases tried."""

    def __init__(self, rules: RuleLookup, facts: Facts, on: date) -> None:
        self.rules = rules
        self.facts = facts
        self.on = on

    def fact_value(self, fact: str) -> Value | None:
        return self.facts[fact]

    def term_value(self, term: str) -> Value:
        return self.rules.value(term, self.on)


def _list_values(rules: RuleLookup, path: str, compared: list[Comparison], on: date) -> list[Value | None]:
    """One value of the fact on every side of every constant it is compared with; None where a row asks for that."""
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
            constant = rules.value(raw.value, on) if isinstance(raw, ValueRef) else values.from_yaml(raw, fact.kind)
            found.update(dict.fromkeys(_neighbours(constant, fact)))
    return list(found)


def _neighbours(constant: Value, fact: Fact) -> list[Value]:
    match constant:
        case bool():
            return [True, False]
        case Decimal() | int():
            step = _STEPS[fact.kind]
            return [constant, constant + step, constant - step]
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
