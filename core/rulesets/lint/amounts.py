"""Figures that a slip of the hand makes: below nothing, outside what was ever seen, ten times another one."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import cast

from core.decisions import Kind, Value
from core.rulesets import readers
from core.rulesets.language import formulas, values
from core.rulesets.language.diagnostics import Diagnostic
from core.rulesets.language.format import Term, ValueEntry
from core.rulesets.language.strict_yaml import Location
from core.rulesets.lint.context import LintContext
from core.workdays import Span, Unit

_FAR = 10
"""A zero too many or too few, yuan for 万元, a percent sign forgotten."""
_PROTECTING = "auth."
_DAYS = {Unit.WORKING_DAY: Decimal("1.4"), Unit.DAY: Decimal(1), Unit.MONTH: Decimal(30), Unit.YEAR: Decimal(365)}


def check_figure(context: LintContext, at: Location, value: Value, term: Term) -> Iterator[Diagnostic]:
    if term.kind not in values.NUMERIC or not isinstance(value, Decimal | int):
        return
    shown = values.display_text(value, term.kind)
    if value < 0:
        yield context.diagnostic(at, "NEGATIVE", f"“{term.label}”写的是 {shown}，小于 0", "写正数；减少的幅度也写正数")
    elif term.usual and not (term.usual.min or 0) <= value <= (value if term.usual.max is None else term.usual.max):
        ends = (("不低于", term.usual.min), ("不高于", term.usual.max))
        limits = "，".join(f"{word} {values.display_text(end, term.kind)}" for word, end in ends if end is not None)
        remedy = "核对单位（元还是万元）、小数点和百分号；确实如此的不用改"
        yield context.warning(at, "UNUSUAL", f"“{term.label}”写的是 {shown}，通常{limits}", remedy)


def compare_figures(context: LintContext, path: str, entries: Sequence[ValueEntry], term: Term) -> Iterator[Diagnostic]:
    """Each figure beside the one before it, the first beside the superior one."""
    superior = [
        entry.value
        for layer in context.below
        for entry in layer.values.get(path, ())[-1:]
        if entries and entry.since <= entries[-1].since
    ]
    earlier = next((_size(value, term.kind) for value in superior), None)
    whose = "上级的"
    for index, entry in enumerate(entries):
        size = _size(entry.value, term.kind)
        if size == 0 and (earlier or path in readers.TERMS):
            what = f"“{term.label}”写的是 0" + (f"，{whose}不是" if earlier else "")
            at: Location = ("values", path, index, "value")
            yield context.warning(at, "ZERO", what, "还不知道的写 null；确实是 0 的不用改")
        if size and earlier and are_far(size, earlier):
            shown = values.display_text(values.from_yaml(entry.value, term.kind), term.kind)
            yield context.warning(
                ("values", path, index, "value"),
                "TEN_TIMES",
                f"“{term.label}”写的是 {shown}，与{whose}相差十倍以上",
                "核对单位（元还是万元）、小数点和百分号；确实如此的不用改",
            )
        if size:
            earlier, whose = size, "上一条"


def compare_lists(context: LintContext, path: str, entries: Sequence[ValueEntry]) -> Iterator[Diagnostic]:
    """A list emptied, where the superior one is not; what protects people, shorter than there."""
    below = [layer.values[path][-1] for layer in context.below if path in layer.values]
    for index, entry in enumerate(entries if below else ()):
        at: Location = ("values", path, index, "value")
        remedy = f"依据{context.cite(below[0])}，删去这一项即沿用"
        lacking = [each for each in _items(below[0].value) if each not in _items(entry.value)]
        if lacking and entry.value == []:
            message = f"空的列表取消了上级的 {'、'.join(lacking)}"
            yield context.diagnostic(at, "ENDS_SUPERIOR", message, remedy)
        elif lacking and entry.value is not None and path.startswith(_PROTECTING):
            message = f"比上级少了 {'、'.join(lacking)}，对账号的保护变弱"
            yield context.warning(at, "LOOSENS_SUPERIOR", message, f"{remedy}；确有本地规定的不用改")


def _items(raw: object) -> Sequence[str]:
    return cast("list[str]", raw) if isinstance(raw, list) else ()


def compare_versions(context: LintContext) -> Iterator[Diagnostic]:
    """Figures written into formulas, tables and checks, each beside the one at the same place of the version before."""
    for section in ("formulas", "tables"):
        for name, rule in getattr(context.file, section).items():
            for index in range(1, len(rule.versions)):
                at: Location = (section, name, "versions", index)
                yield from _compare_written(context, at, (section, name, "versions", index - 1))
    for act, checks in context.file.checks.items():
        for index, check in enumerate(checks):
            earlier = [number for number in range(index) if checks[number].id == check.id]
            if earlier:
                yield from _compare_written(context, ("checks", act, index), ("checks", act, earlier[-1]))


def _compare_written(context: LintContext, at: Location, before: Location) -> Iterator[Diagnostic]:
    for place, figure, earlier in _pair_figures(context.document.value(at), context.document.value(before), at):
        if are_far(figure, earlier):
            message = f"写的是 {figure:f}，与上一版的 {earlier:f} 相差十倍以上"
            remedy = "核对单位（元还是万元）、小数点和百分号；确实如此的不用改"
            yield context.warning(place, "TEN_TIMES", message, remedy)


def _pair_figures(now: object, before: object, at: Location) -> Iterator[tuple[Location, Decimal, Decimal]]:
    """The figures that stand at one place in both; rows are the same by their id, where they have one."""
    match now, before:
        case bool(), _:
            return
        case ((int() | Decimal()), (int() | Decimal())):
            yield at, Decimal(now), Decimal(before)
        case dict(), dict():
            others = cast("dict[str, object]", before)
            for key, each in cast("dict[str, object]", now).items():
                yield from _pair_figures(each, others.get(key), (*at, key))
        case list(), list():
            earlier = cast("list[object]", before)
            by_id = {found: each for each in earlier if (found := _find_id(each))}
            for index, each in enumerate(cast("list[object]", now)):
                same = by_id.get(_find_id(each)) if by_id else earlier[index] if index < len(earlier) else None
                yield from _pair_figures(each, same, (*at, index))
        case _:
            return


def _find_id(raw: object) -> object:
    return cast("dict[str, object]", raw).get("id") if isinstance(raw, dict) else None


def compare_tiers(context: LintContext, at: Location, node: formulas.MarginalTiers) -> Iterator[Diagnostic]:
    yield from _compare_tops(context, at, [tier.up_to for tier in node.tiers])
    for index, (tier, other) in enumerate(pairwise(node.tiers), 1):
        first, second = (_known(context, each.rate) for each in (tier, other))
        if first and second and are_far(first, second):
            yield _tell_neighbour(context, (*at, index, "rate"), "比例")


def compare_rows(context: LintContext, at: Location, node: formulas.Bracket) -> Iterator[Diagnostic]:
    yield from _compare_tops(context, at, [row.up_to for row in node.rows])
    for index, (row, other) in enumerate(pairwise(node.rows), 1):
        first, second = (_known(context, each.then) for each in (row, other))
        if first and second and are_far(first, second):
            yield _tell_neighbour(context, (*at, index, "then"), "数额")


def compare_limits(context: LintContext, at: Location, node: formulas.Clamp) -> Iterator[Diagnostic]:
    """A lower limit above the upper one: whatever comes in, one of the two comes out."""
    low, high = (_known(context, limit) if limit is not None else None for limit in (node.at_least, node.at_most))
    if low is not None and high is not None and low > high:
        message = f"下限 {low:f} 大于上限 {high:f}"
        yield context.diagnostic((*at, "at_least"), "LADDER_ORDER", message, "核对 at_least 和 at_most")


def _compare_tops(context: LintContext, at: Location, tops: Sequence[Decimal | None]) -> Iterator[Diagnostic]:
    """Tiers of 1000万 and 1亿 stand side by side: only what lies further apart is told."""
    for index, (top, other) in enumerate(pairwise(tops), 1):
        if top and other and are_far(top, other, _FAR + 1):
            yield _tell_neighbour(context, (*at, index, "up_to"), "上限")


def _tell_neighbour(context: LintContext, at: Location, what: str) -> Diagnostic:
    remedy = "核对单位（元还是万元）、小数点和百分号；确实如此的不用改"
    return context.warning(at, "TEN_TIMES", f"这一档的{what}与上一档相差十倍以上", remedy)


def _known(context: LintContext, node: formulas.Formula) -> Decimal | None:
    """A number as written, or the last one of a term."""
    match node:
        case Decimal():
            return node
        case formulas.ValueOperand():
            return find_last(context, node.value)
        case _:
            return None


def find_last(context: LintContext, path: str) -> Decimal | None:
    """The last figure of a term, as it can be compared."""
    term: Term | None = context.entries("terms").get(path)
    written = [layer.values[path] for layer in context.layers if layer.values.get(path)]
    return _size(written[0][-1].value, term.kind) if term and written else None


def _size(raw: object, kind: Kind) -> Decimal | None:
    """What can be compared: a number, or a period in days; None for what is not of its kind (told elsewhere)."""
    try:
        value = None if raw is None else values.from_yaml(raw, kind)
    except values.WrongKind:
        return None
    match kind, value:
        case Kind.SPAN, str():
            span = Span.parse(value)
            return span.count * _DAYS[span.unit]
        case ((Kind.MONEY | Kind.RATE | Kind.INTEGER), Decimal() | int()):
            return Decimal(value)
        case _:
            return None


def are_far(one: Decimal, other: Decimal, times: int = _FAR) -> bool:
    low, high = sorted((abs(one), abs(other)))
    return low > 0 and high >= low * times
