"""What no worked example reaches: rows of tables, tiers of formulas, checks seen on one side only, thresholds not met,
ways and steps of rounding, forms and papers.

A threshold is met by two examples that ask for its rule: one whose figure is exactly the limit, and one just on the
other side of it, where the answer changes. "Just" is within a tenth of the limit, of a count within one, of a day
within a month: a limit that is written wrong, or on the wrong side, changes the answer of one of the two.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.decisions import Value
from core.money import Rounding, round_to
from core.rulesets.evaluation import Evaluation, Undecidable
from core.rulesets.language import formulas, values
from core.rulesets.language.conditions import Comparison, Condition, Facts, Unknown, ValueRef, walk_comparisons
from core.rulesets.language.format import Check, FormulaVersion, MaterialUse, RulesetFile, WorkedExample
from core.rulesets.language.strict_yaml import Location
from core.rulesets.ruleset import Ruleset
from core.rulesets.worked_examples import facts_of

_ABOVE = frozenset({"at_most", "gt"})
_BELOW = frozenset({"lt", "at_least", "before", "not_before"})
"""On which side of the limit the answer changes."""


@dataclass(frozen=True)
class _Asked:
    """An example, and what its answers rest on: ``table#row``, formulas, acts."""

    case: WorkedExample
    facts: Facts
    evaluation: Evaluation
    taken: frozenset[str]
    acts: frozenset[str]

    def answer(self, condition: Condition | None) -> bool | None:
        """Whether the condition holds, as one that is not written does; None where it hangs on what is left open."""
        try:
            return condition is None or self.evaluation.holds(condition)
        except Unknown:
            return None


def find_unreached(
    ruleset: Ruleset, examples: Sequence[WorkedExample], layer: RulesetFile | None = None
) -> Iterator[str]:
    """One sentence for each row, tier, check and threshold that no example proves: of the city's own file, or of
    another of its layers."""
    layer, asked = layer or ruleset.own, [_ask(ruleset, case) for case in examples]
    yield from _look_at_tables(ruleset, layer, asked)
    yield from _look_at_formulas(ruleset, layer, asked)
    yield from _look_at_checks(ruleset, layer, asked)
    yield from _look_at_papers(ruleset, layer, asked)


def _ask(ruleset: Ruleset, case: WorkedExample) -> _Asked:
    facts = facts_of(case, ruleset)
    taken = frozenset(
        reason.path
        for path in {*case.expect, *case.certainty, *case.alternatives}
        for reason in ruleset.decide(path, facts, case.on).because
    )
    evaluation = Evaluation(ruleset, ruleset.hooks, facts, case.on)
    return _Asked(case, facts, evaluation, taken, frozenset({*case.refuses, *case.warns}))


def _look_at_tables(ruleset: Ruleset, layer: RulesetFile, asked: Sequence[_Asked]) -> Iterator[str]:
    for path, table in layer.tables.items():
        using = [each for each in asked if any(taken.startswith(f"{path}#") for taken in each.taken)]
        for row in dict.fromkeys(row.id for version in table.versions for row in version.rows):
            if not any(f"{path}#{row}" in each.taken for each in using):
                yield f"判定表 {path} 的行“{row}”没有算例用到"
        conditions = [row.when for version in table.versions for row in version.rows]
        yield from _look_at_conditions(ruleset, f"判定表 {path}", conditions, using)


def _look_at_checks(ruleset: Ruleset, layer: RulesetFile, asked: Sequence[_Asked]) -> Iterator[str]:
    for act, checks in layer.checks.items():
        for check in {check.id: check for check in checks}.values():
            name = f"检查项 {act}.{check.id}"
            using = [each for each in asked if act in each.acts and check.since <= each.case.on]
            applying = [each for each in using if _applies(check, each)]
            met = {each.answer(check.must) for each in applying}
            for side, said in ((False, "不通过"), (True, "通过")):
                if side not in met:
                    yield f"{name} 没有算例{said}"
            yield from _look_at_conditions(ruleset, name, [check.when], using)
            yield from _look_at_conditions(ruleset, name, [check.must], applying)


def _look_at_papers(ruleset: Ruleset, layer: RulesetFile, asked: Sequence[_Asked]) -> Iterator[str]:
    """What has to be filled in and handed in: an example says all of it, so that nothing is lost unseen."""
    filled = {form for each in asked for form in each.case.fills}
    yield from (f"表单 {form} 没有算例核对必填项" for form in layer.forms if form not in filled)
    for name in layer.forms.keys() & filled:
        asked_for = {code for each in asked for code in each.case.fills.get(name, ())}
        for item in (item for version in layer.forms[name].versions for item in version.fields):
            if item.need == "required" and item.when and item.code not in asked_for:
                yield f"表单 {name} 的填写项“{item.label}”（{item.code}）没有算例要求填写"
    required = {procedure for each in asked for procedure in each.case.requires}
    for name in layer.materials:
        using = {
            procedure
            for procedure in ruleset.paths("procedures")
            if any(name == use.list for use in _list_uses(ruleset, procedure))
        }
        if using and not using & required:
            yield f"材料清单 {name} 没有算例核对必交材料（{'、'.join(sorted(using))}）"


def _list_uses(ruleset: Ruleset, procedure: str) -> Iterator[MaterialUse]:
    for layer in ruleset.layers:
        if procedure in layer.procedures:
            yield from (use for version in layer.procedures[procedure].versions for use in version.materials)


def _applies(check: Check, asked: _Asked) -> bool:
    return asked.answer(check.when) is True


def _look_at_conditions(
    ruleset: Ruleset, name: str, conditions: Iterable[Condition | None], using: Sequence[_Asked]
) -> Iterator[str]:
    compared = {
        (found.fact, *found.one): found
        for condition in conditions
        if condition
        for _, found in walk_comparisons(condition)
    }
    for comparison in compared.values():
        operator, comparand = comparison.one
        if operator in _ABOVE or operator in _BELOW:
            yield from _look_at_comparison(ruleset, name, comparison, operator, comparand, using)


def _look_at_comparison(
    ruleset: Ruleset, name: str, comparison: Comparison, operator: str, comparand: Any, using: Sequence[_Asked]
) -> Iterator[str]:
    fact = ruleset.fact(comparison.fact)
    pairs = list[tuple[Value, Value]]()
    for each in using:
        limit = ruleset.value_or_none(comparand.value, each.case.on) if isinstance(comparand, ValueRef) else comparand
        figure = each.facts.get(comparison.fact)
        if limit is not None and figure is not None:
            pairs.append((figure, limit if isinstance(comparand, ValueRef) else values.from_yaml(limit, fact.kind)))
    shown = (
        ruleset.term(comparand.value).label
        if isinstance(comparand, ValueRef)
        else values.display_text(values.from_yaml(comparand, fact.kind), fact.kind)
    )
    yield from _look_at_threshold(f"{name}：{fact.label}", shown, pairs, above=operator in _ABOVE)


def _look_at_formulas(ruleset: Ruleset, layer: RulesetFile, asked: Sequence[_Asked]) -> Iterator[str]:
    for path, rule in layer.formulas.items():
        for version in rule.versions:
            using = [
                each for each in asked if path in each.taken and ruleset.formula_version(path, each.case.on) is version
            ]
            met: dict[Location, list[tuple[Decimal, Decimal]]] = {}
            for each in using:
                for place, base, limit in _find_bases(version.calculate, each.evaluation):
                    met.setdefault(place, []).append((base, limit))
            for place, ladder in _list_ladders(version.calculate):
                yield from _look_at_ladder(f"公式 {path}", ladder, [base for base, _ in met.get(place, ())])
            if version.round:
                yield from _look_at_rounding(f"公式 {path}", version, version.round, using)
            for place, node in formulas.walk_formula(version.calculate):
                if isinstance(node, formulas.Clamp):
                    yield from _look_at_clamp(f"公式 {path} 的 {_name_place(place)} ", node, place, met)


_MODES: Mapping[Rounding, str] = {"half_up": "四舍五入", "up": "进位", "down": "舍去"}


def _can_be_uneven(calculate: formulas.Formula) -> bool:
    """Yuan that are only chosen, added or compared stay whole fen."""
    uneven = formulas.PercentOf | formulas.MarginalTiers | formulas.Hook
    return any(isinstance(node, uneven) for _, node in formulas.walk_formula(calculate))


def _look_at_rounding(
    name: str, version: FormulaVersion, rounding: formulas.Rounding, using: Sequence[_Asked]
) -> Iterator[str]:
    """A way of rounding is proven by results that come out otherwise by each other way, and its step by one that comes
    out otherwise by ten times the step."""
    results = list[Decimal]()
    for each in using:
        try:
            results.append(formulas.compute(version.calculate, each.evaluation).amount)
        except (Unknown, Undecidable):
            continue
    if not results:
        yield f"{name} 的舍入没有算例用到"
        return
    step, mode = rounding.to, rounding.mode
    if all(round_to(each, step, mode) == round_to(each, step * 10, mode) for each in results):
        yield f"{name} 的舍入没有算例分得出是舍入到 {step} 还是 {step * 10}"
    for mode, said in _MODES.items() if _can_be_uneven(version.calculate) else ():
        rounded = [(round_to(each, rounding.to, rounding.mode), round_to(each, rounding.to, mode)) for each in results]
        if mode != rounding.mode and all(one == other for one, other in rounded):
            yield f"{name} 的舍入没有算例分得出是{_MODES[rounding.mode]}还是{said}"


@dataclass(frozen=True)
class _Ladder:
    """The tops of a ladder, and between which figures it is ever asked: a bracket around it may ask the same."""

    tops: Sequence[Decimal | None]
    above: Decimal
    up_to: Decimal | None


def _list_ladders(
    node: formulas.Formula, at: Location = (), around: tuple[formulas.Formula, Decimal, Decimal | None] | None = None
) -> Iterator[tuple[Location, _Ladder]]:
    """Every ladder over a figure that differs from case to case, with its place."""
    if isinstance(node, formulas.MarginalTiers | formulas.Bracket) and not isinstance(
        node.of, Decimal | formulas.ValueOperand
    ):
        above, up_to = around[1:] if around and around[0] == node.of else (Decimal(0), None)
        steps = node.tiers if isinstance(node, formulas.MarginalTiers) else node.rows
        yield at, _Ladder([step.up_to for step in steps], above, up_to)
    if isinstance(node, formulas.Bracket):
        below = Decimal(0)
        for number, row in enumerate(node.rows):
            yield from _list_ladders(row.then, (*at, "rows", number, "then"), (node.of, below, row.up_to))
            below = row.up_to or below
        return
    for part, inside in formulas.list_parts(node):
        yield from _list_ladders(inside, (*at, *part), around)


def _look_at_ladder(name: str, ladder: _Ladder, bases: Sequence[Decimal]) -> Iterator[str]:
    below = Decimal(0)
    for number, top in enumerate(ladder.tops, 1):
        tier = f"{name} 的第 {number} 档"
        is_asked = (top is None or top > ladder.above) and (ladder.up_to is None or below < ladder.up_to)
        if is_asked and not any(below < base and (top is None or base <= top) for base in bases):
            upper = "以上" if top is None else f"至 {values.number_text(top)}"
            yield f"{tier}（{values.number_text(below)} {upper}）没有算例用到"
        if top is not None:
            below = top
            if ladder.above < top and (ladder.up_to is None or top < ladder.up_to):
                yield from _look_at_threshold(
                    tier, values.number_text(top), [(base, top) for base in bases], above=True
                )


def _look_at_clamp(
    name: str, node: formulas.Clamp, at: Location, met: Mapping[Location, Sequence[tuple[Decimal, Decimal]]]
) -> Iterator[str]:
    """A limit of a result is met by one just within it, or exactly it, and one just beyond."""
    for side, written, word in (("at_least", node.at_least, "下限"), ("at_most", node.at_most, "上限")):
        pairs = met.get((*at, side), ())
        for above in (False, True) if written is not None else ():
            if not any(base == limit or _is_just(base, limit, above=above) for base, limit in pairs):
                yield f"{name}没有算例刚{'超过' if above else '不到'}{word}"


def _name_place(at: Location) -> str:
    return ".".join(str(part) for part in at if part not in ("cases", "of")) or "calculate"


def _find_bases(
    node: formulas.Formula, inputs: Evaluation, at: Location = ()
) -> Iterator[tuple[Location, Decimal, Decimal]]:
    """What each ladder and each limit on the way that the case takes is asked about, with the limit."""
    try:
        match node:
            case formulas.Lookup():
                outcome = inputs.table_outcome(node.table)
                yield from _find_bases(node.cases[outcome], inputs, (*at, "cases", outcome))
                return
            case formulas.Bracket():
                base = formulas.compute(node.of, inputs).amount
                yield at, base, base
                number = next(n for n, row in enumerate(node.rows) if row.up_to is None or base <= row.up_to)
                yield from _find_bases(node.rows[number].then, inputs, (*at, "rows", number, "then"))
                return
            case formulas.MarginalTiers():
                base = formulas.compute(node.of, inputs).amount
                yield at, base, base
            case formulas.Clamp():
                base = formulas.compute(node.of, inputs).amount
                for side, limit in (("at_least", node.at_least), ("at_most", node.at_most)):
                    if limit is not None:
                        yield (*at, side), base, formulas.compute(limit, inputs).amount
            case _:
                pass
    except (Unknown, Undecidable):
        return
    for part, inside in formulas.list_parts(node):
        yield from _find_bases(inside, inputs, (*at, *part))


def _look_at_threshold(name: str, limit: str, pairs: Sequence[tuple[Value, Value]], *, above: bool) -> Iterator[str]:
    """``pairs`` are an example's figure and the limit on its day."""
    if not any(figure == top for figure, top in pairs):
        yield f"{name}没有算例恰为 {limit}"
    if not any(_is_just(figure, top, above=above) for figure, top in pairs):
        yield f"{name}没有算例刚{'超过' if above else '不到'} {limit}"


def _is_just(figure: Value, limit: Value, *, above: bool) -> bool:
    if isinstance(figure, date) and isinstance(limit, date):
        gap, most = Decimal((figure - limit).days), Decimal(31)
    elif isinstance(figure, Decimal | int) and isinstance(limit, Decimal | int):
        gap = Decimal(figure) - Decimal(limit)
        most = max(abs(Decimal(limit)) / 10, Decimal(isinstance(limit, int)))
    else:
        return False
    return 0 < (gap if above else -gap) <= most
