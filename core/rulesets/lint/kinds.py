"""What a formula comes to: yuan, a share or a count, followed from its operands through every shape."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from core.decisions import Kind
from core.rulesets.language import formulas, values
from core.rulesets.language.diagnostics import Diagnostic
from core.rulesets.language.strict_yaml import Location, Rate
from core.rulesets.lint.context import LintContext

Parts = Sequence[tuple[Location, formulas.Formula]]


def check_result(
    context: LintContext, at: Location, formula: formulas.Formula, declared: Kind | None
) -> Iterator[Diagnostic]:
    """Money times money, money and months in one sum, a share where yuan are asked for."""
    found = list[Diagnostic]()
    kind = _find_kind(context, at, formula, found)
    yield from found
    if not found and declared and kind and kind is not declared:
        message = f"算出来的是{values.NAMES[kind]}，这里应为{values.NAMES[declared]}"
        yield context.diagnostic(at, "KINDS_DIFFER", message, "检查用了哪些事实和取值")


def _find_kind(context: LintContext, at: Location, node: formulas.Formula, found: list[Diagnostic]) -> Kind | None:
    """None where any kind will do: a plain number, a hook's answer, a name that is told elsewhere."""
    match node:
        case Decimal():
            return Kind.RATE if isinstance(raw_value(context, at), Rate) else None
        case formulas.FactOperand():
            return _declared_kind(context, "facts", node.fact)
        case formulas.ValueOperand():
            return _declared_kind(context, "terms", node.value)
        case formulas.FormulaOperand():
            return _declared_kind(context, "formulas", node.formula)
        case formulas.PercentOf():
            rate = _find_kind(context, (*at, "rate"), node.rate, found)
            _require_share(context, (*at, "rate"), rate, found)
            return _find_kind(context, (*at, "of"), node.of, found)
        case formulas.MarginalTiers():
            for index, tier in enumerate(node.tiers):
                place = (*at, "tiers", index, "rate")
                _require_share(context, place, _find_kind(context, place, tier.rate, found), found)
            return _find_kind(context, (*at, "of"), node.of, found)
        case formulas.Bracket():
            _find_kind(context, (*at, "of"), node.of, found)
            return _unite(context, [((*at, "rows", i, "then"), row.then) for i, row in enumerate(node.rows)], found)
        case formulas.Combination():
            return _unite(context, [((*at, "of", index), part) for index, part in enumerate(node.of)], found)
        case formulas.Clamp():
            limits = (("of", node.of), ("at_least", node.at_least), ("at_most", node.at_most))
            return _unite(context, [((*at, name), part) for name, part in limits if part is not None], found)
        case formulas.Lookup():
            return _unite(context, [((*at, "cases", name), part) for name, part in node.cases.items()], found)
        case formulas.Hook():
            return None


def _unite(context: LintContext, parts: Parts, found: list[Diagnostic]) -> Kind | None:
    """The one kind of all parts; told at the first part that is of another."""
    kind: Kind | None = None
    for place, part in parts:
        own = _find_kind(context, place, part, found)
        if kind and own and own is not kind:
            message = f"{values.NAMES[own]}不能与{values.NAMES[kind]}相加或比较"
            found.append(context.diagnostic(place, "KINDS_DIFFER", message, "换用同类的事实、取值或公式"))
        kind = kind or own
    return kind


def _require_share(context: LintContext, at: Location, kind: Kind | None, found: list[Diagnostic]) -> None:
    if kind and kind is not Kind.RATE:
        message = f"rate 处应为比例，写的是{values.NAMES[kind]}"
        found.append(context.diagnostic(at, "KINDS_DIFFER", message, "换用 kind 为 rate 的事实、取值或公式"))


def _declared_kind(context: LintContext, section: str, name: str) -> Kind | None:
    declared = context.entries(section).get(name)
    return declared.kind if declared and declared.kind in values.NUMERIC else None


def raw_value(context: LintContext, at: Location) -> Any:
    """The raw value there; a validator hands on plain decimals."""
    return context.document.value(context.document.known(at))
