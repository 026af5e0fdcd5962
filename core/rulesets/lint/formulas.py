"""What is wrong with a formula as part of its context: names, kinds, ladders, branches, cycles."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from core.decisions import Kind
from core.rulesets.language import formulas, values
from core.rulesets.language.diagnostics import Diagnostic
from core.rulesets.language.format import FormulaVersion, TableRule
from core.rulesets.language.strict_yaml import Location, Rate
from core.rulesets.lint import amounts, kinds
from core.rulesets.lint.context import LintContext

_COARSEST = {Kind.MONEY: Decimal(10_000), Kind.RATE: Decimal("0.001"), Kind.INTEGER: Decimal(10)}
"""The largest step to round to: 万元; more would be an amount of its own."""
_FINEST = {Kind.MONEY: Decimal("0.01"), Kind.RATE: Decimal(0), Kind.INTEGER: Decimal(1)}
"""The smallest: there is no less than 分, and no part of a whole number."""


def check_formulas(context: LintContext) -> Iterator[Diagnostic]:
    for path, rule in context.file.formulas.items():
        for index, version in enumerate(rule.versions):
            at: Location = ("formulas", path, "versions", index)
            yield from check_calculation(context, (*at, "calculate"), version.calculate)
            yield from _check_rounding(context, at, rule.kind, version)
            yield from kinds.check_result(context, (*at, "calculate"), version.calculate, rule.kind)
            if path in _find_reachable(context, version):
                yield context.diagnostic(at, "CYCLE", f"公式“{path}”绕一圈又用到自己", "去掉循环引用")
    yield from _check_inherited_tables(context)


def check_calculation(context: LintContext, at: Location, formula: formulas.Formula) -> Iterator[Diagnostic]:
    """Everything inside one formula, each finding at its own place."""
    for place, node in formulas.walk_formula(formula, at):
        match node:
            case formulas.FactOperand():
                yield from _check_number(context, (*place, "fact"), "facts", node.fact, "事实")
            case formulas.ValueOperand():
                yield from _check_number(context, (*place, "value"), "terms", node.value, "参数")
            case formulas.FormulaOperand():
                yield from context.check_name((*place, "formula"), "formulas", node.formula, "公式")
            case formulas.PercentOf():
                yield from _check_fraction(context, (*place, "rate"), node.rate)
            case formulas.MarginalTiers():
                yield from _check_ladder(context, (*place, "tiers"), [tier.up_to for tier in node.tiers])
                yield from amounts.compare_tiers(context, (*place, "tiers"), node)
                for index, tier in enumerate(node.tiers):
                    yield from _check_fraction(context, (*place, "tiers", index, "rate"), tier.rate)
            case formulas.Bracket():
                yield from _check_ladder(context, (*place, "rows"), [row.up_to for row in node.rows])
                yield from amounts.compare_rows(context, (*place, "rows"), node)
            case formulas.Clamp() if node.at_least is None and node.at_most is None:
                yield context.diagnostic(place, "CLAMP_OPEN", "clamp 没有写上下限", "写明 at_least 或 at_most")
            case formulas.Clamp():
                yield from amounts.compare_limits(context, place, node)
            case formulas.Lookup():
                yield from _check_lookup(context, place, node)
            case formulas.Hook():
                for index, fact in enumerate(node.facts):
                    yield from context.check_name((*place, "facts", index), "facts", fact, "事实")
            case _:
                pass


def _check_number(context: LintContext, at: Location, section: str, name: str, what: str) -> Iterator[Diagnostic]:
    yield from context.check_name(at, section, name, what)
    declared = context.entries(section).get(name)
    if declared and declared.kind not in values.NUMERIC:
        message = f"“{name}”是{values.NAMES[declared.kind]}，不能参与计算"
        yield context.diagnostic(at, "NOT_A_NUMBER", message, "换用金额、比例或整数")


def _check_fraction(context: LintContext, at: Location, rate: formulas.Formula) -> Iterator[Diagnostic]:
    """A rate above one is believed only when its percent sign shows that it was meant."""
    if isinstance(rate, Decimal) and not 0 <= rate <= 1 and not isinstance(kinds.raw_value(context, at), Rate):
        yield context.diagnostic(at, "NOT_A_FRACTION", f"{rate} 不在 0 与 1 之间", "比例写 0.05 或 5%")


def _check_ladder(context: LintContext, at: Location, tops: Sequence[Decimal | None]) -> Iterator[Diagnostic]:
    known = [Decimal(0), *(top for top in tops[:-1] if top is not None)]
    if tops[-1] is not None or len(known) != len(tops):
        yield context.diagnostic(at, "LADDER_OPEN", "只有最后一档的 up_to 写 null，而且必须写", "补上最后一档")
    if any(upper <= lower for lower, upper in pairwise(known)):
        yield context.diagnostic(at, "LADDER_ORDER", "各档上限没有从小到大", "按上限从小到大排列，第一档大于 0")


def _check_lookup(context: LintContext, at: Location, node: formulas.Lookup) -> Iterator[Diagnostic]:
    yield from context.check_name((*at, "table"), "tables", node.table, "判定表")
    table: TableRule | None = context.entries("tables").get(node.table)
    if table and set(node.cases) != set(table.outcomes):
        yield _cases_differ(context, (*at, "cases"), set(node.cases), set(table.outcomes))


def _check_inherited_tables(context: LintContext) -> Iterator[Diagnostic]:
    """A table rewritten here must keep the outcomes that the formulas below branch on."""
    for layer in context.below:
        for path, rule in layer.formulas.items():
            if path in context.file.formulas:
                continue
            for version in rule.versions:
                for _, node in formulas.walk_formula(version.calculate):
                    table = context.file.tables.get(node.table) if isinstance(node, formulas.Lookup) else None
                    if isinstance(node, formulas.Lookup) and table and set(node.cases) != set(table.outcomes):
                        at: Location = ("tables", node.table, "outcomes")
                        yield _cases_differ(context, at, set(node.cases), set(table.outcomes))


def _cases_differ(context: LintContext, at: Location, cases: set[str], outcomes: set[str]) -> Diagnostic:
    missing = "、".join(sorted(outcomes - cases)) or "无"
    extra = "、".join(sorted(cases - outcomes)) or "无"
    message = f"公式的分支与判定表的结果不一致（分支缺：{missing}；分支多：{extra}）"
    return context.diagnostic(at, "CASES_DIFFER", message, "每个结果对应一个分支")


def _check_rounding(context: LintContext, at: Location, kind: Kind, version: FormulaVersion) -> Iterator[Diagnostic]:
    if version.round is None:
        if kind is not Kind.RATE:
            remedy = "写明 round: {to: 0.01, mode: half_up}"
            yield context.diagnostic(at, "NO_ROUNDING", f"{values.NAMES[kind]}公式没有写舍入方式", remedy)
    elif version.round.to.normalize().as_tuple().digits != (1,):
        place = (*at, "round", "to")
        yield context.diagnostic(
            place, "BAD_ROUNDING", f"不能舍入到 {version.round.to}", "写 10 的幂，如 0.01、1、10000"
        )
    elif version.round.to > _COARSEST[kind]:
        place = (*at, "round", "to")
        message = f"舍入到 {version.round.to}，会改变应缴的数额"
        yield context.diagnostic(place, "BAD_ROUNDING", message, f"{values.NAMES[kind]}最多舍入到 {_COARSEST[kind]}")
    elif version.round.to < _FINEST[kind]:
        place = (*at, "round", "to")
        message = f"舍入到 {version.round.to}，比{values.NAMES[kind]}的最小单位还小"
        yield context.diagnostic(place, "BAD_ROUNDING", message, f"{values.NAMES[kind]}最细舍入到 {_FINEST[kind]}")


def _find_reachable(context: LintContext, version: FormulaVersion) -> set[str]:
    """Every formula that the version can come to use, on any day and under any reading."""
    found = set[str]()
    waiting = list(_list_calculations(context, version))
    while waiting:
        for _, node in formulas.walk_formula(waiting.pop()):
            if isinstance(node, formulas.FormulaOperand) and node.formula not in found:
                found.add(node.formula)
                rules = (layer.formulas.get(node.formula) for layer in context.layers)
                later = (each for rule in rules if rule for each in rule.versions)
                waiting += [formula for each in later for formula in _list_calculations(context, each)]
    return found


def _list_calculations(context: LintContext, version: FormulaVersion) -> Iterator[formulas.Formula]:
    yield version.calculate
    question = context.entries("interpretations").get(version.interpretation or "")
    for reading in question.readings.values() if question else ():
        if reading.calculate is not None:
            yield reading.calculate
