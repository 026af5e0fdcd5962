"""Goes through a formula once, for all cases, in the same order and with the same unknowns as for a single one."""

from collections.abc import Callable, Collection
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Generic, cast

from core.decisions import Kind, Value
from core.rulesets.bulk.backend import Algebra, Comparison, NotInBulk, Number, Problem, Refused, Truth
from core.rulesets.language import formulas
from core.rulesets.language.conditions import AllOf, AnyOf, Condition, Not, NotConfigured, ValueRef
from core.rulesets.language.conditions import Comparison as Compared
from core.rulesets.language.formulas import Formula, Rounding
from core.rulesets.language.strict_yaml import Location, dotted
from core.rulesets.language.values import NUMERIC
from core.rulesets.lookup import Written

_FEN = Rounding(to=Decimal("0.01"), mode="half_up")


class Translation(Generic[Number, Truth]):
    """One question in the words of one algebra. Equal parts of a formula are the same number, computed once."""

    def __init__(self, written: Written, algebra: Algebra[Number, Truth], columns: Collection[str], on: date) -> None:
        self._written = written
        self._algebra = algebra
        self._columns = columns
        self._on = on
        self._problems: dict[Problem, None] = {}
        self._numbers: dict[str, Number] = {}
        self._truths: dict[str, Truth] = {}

    def answer(self, path: str) -> Number:
        """The formula's result as it is shown; raises UnknownPath, NotInBulk with every problem found."""
        number = self._formula(path)
        version = self._written.formula_version(path, self._on)
        in_fen = version is not None and version.round is not None and version.round.to == _FEN.to
        if self._written.formula(path).kind is Kind.MONEY and not in_fen:
            number = self._step(lambda: self._algebra.rounded(number, _FEN), ("formulas", path))
        if self._problems:
            raise NotInBulk(list(self._problems))
        return number

    # Numbers --------------------------------------------------------------------------------------------------------

    def _formula(self, path: str) -> Number:
        self._written.formula(path)
        version = self._written.formula_version(path, self._on)
        if version is None:
            return self._algebra.unknown()
        at: Location = ("formulas", path, version.since.isoformat(), "calculate")
        number, rounding = self._number(version.calculate, at), version.round
        return number if rounding is None else self._step(lambda: self._algebra.rounded(number, rounding), at)

    def _number(self, node: Formula, at: Location) -> Number:
        text = repr(node)
        if text not in self._numbers:
            self._numbers[text] = self._step(lambda: self._computed(node, at), at)
        return self._numbers[text]

    def _computed(self, node: Formula, at: Location) -> Number:
        algebra = self._algebra
        match node:
            case Decimal():
                return algebra.constant(node)
            case formulas.FactOperand():
                return algebra.fact(node.fact, self._kind(node.fact))
            case formulas.ValueOperand():
                return self._value(node.value)
            case formulas.FormulaOperand():
                return self._formula(node.formula)
            case formulas.PercentOf():
                return algebra.times(self._number(node.of, (*at, "of")), self._number(node.rate, (*at, "rate")))
            case formulas.MarginalTiers():
                return self._marginal(node, at)
            case formulas.Bracket():
                return self._bracket(node, at)
            case formulas.Combination():
                return self._combined(node, at)
            case formulas.Clamp():
                return self._clamped(node, at)
            case formulas.Lookup():
                return self._looked_up(node, at)
            case formulas.Hook():
                remedy = "这类公式只能逐件计算"
                raise Refused("HOOK", f"由城市规则程序 {node.name} 计算，不能成批计算", remedy)

    def _marginal(self, node: formulas.MarginalTiers, at: Location) -> Number:
        """Each rate on the whole amount up to its tier's top, less what the next rate takes over from there.

        A rate counts, and can make the sum unknown, only for the cases that reach its tier.
        """
        algebra, zero = self._algebra, self._algebra.constant(Decimal(0))
        base = algebra.greatest([self._number(node.of, (*at, "of")), zero])
        tops = [algebra.constant(tier.up_to) for tier in node.tiers if tier.up_to is not None]
        rates = [self._number(tier.rate, (*at, "tiers", index, "rate")) for index, tier in enumerate(node.tiers)]
        counted = [
            rate if algebra.is_known(rate) else algebra.choice(algebra.compared(base, "gt", below), rate, zero)
            for rate, below in zip(rates, [zero, *tops], strict=True)
        ]
        whole = [*(algebra.least([base, top]) for top in tops), base]
        left = [algebra.minus(rate, after) for rate, after in pairwise([*counted, zero])]
        return algebra.sum([algebra.times(part, rate) for part, rate in zip(whole, left, strict=True)])

    def _bracket(self, node: formulas.Bracket, at: Location) -> Number:
        algebra, base = self._algebra, self._number(node.of, (*at, "of"))
        result = algebra.unknown()
        for index, row in reversed([*enumerate(node.rows)]):
            top = base if row.up_to is None else algebra.constant(row.up_to)
            then = self._number(row.then, (*at, "rows", index, "then"))
            result = algebra.choice(algebra.compared(base, "at_most", top), then, result)
        return result

    def _combined(self, node: formulas.Combination, at: Location) -> Number:
        parts = [self._number(part, (*at, "of", index)) for index, part in enumerate(node.of)]
        match node.kind:
            case "sum":
                return self._algebra.sum(parts)
            case "min_of":
                return self._algebra.least(parts)
            case "max_of":
                return self._algebra.greatest(parts)

    def _clamped(self, node: formulas.Clamp, at: Location) -> Number:
        """A case below the floor takes it, be the cap known or not, or under the floor."""
        algebra, base = self._algebra, self._number(node.of, (*at, "of"))
        within = base
        if node.at_most is not None:
            within = algebra.least([base, self._number(node.at_most, (*at, "at_most"))])
        if node.at_least is None:
            return within
        floor = self._number(node.at_least, (*at, "at_least"))
        if node.at_most is None:
            return algebra.greatest([base, floor])
        return algebra.choice(algebra.compared(base, "lt", floor), floor, within)

    # What they refer to ---------------------------------------------------------------------------------------------

    def _kind(self, fact: str) -> Kind:
        """What the fact is; refused where no column states it."""
        declared = self._written.fact(fact)
        if fact not in self._columns:
            cause = f"没有给出“{declared.label}”（{fact}）一列"
            raise Refused("NO_COLUMN", cause, "给出该列；各件都未填写的，整列为空")
        return declared.kind

    def _value(self, path: str) -> Number:
        try:
            return self._algebra.constant(Decimal(str(self._written.value(path, self._on))))
        except NotConfigured:
            return self._algebra.unknown()

    def _looked_up(self, node: formulas.Lookup, at: Location) -> Number:
        """The branch of the row that applies; the default row's where none does."""
        algebra, written = self._algebra, self._written
        written.table(node.table)
        version = written.table_version(node.table, self._on)
        cases = {outcome: self._number(case, (*at, "cases", outcome)) for outcome, case in node.cases.items()}
        if version is None:
            return algebra.unknown()
        default = next((row for row in version.rows if row.when is None), None)
        result = algebra.unknown() if default is None else cases[default.outcome]
        place: Location = ("tables", node.table, version.since.isoformat(), "rows")
        rows = {
            index: self._holds(row.when, (*place, index, "when"))
            for index, row in enumerate(version.rows)
            if row.when is not None
        }
        if version.hit_policy == "unique" and rows:
            none = algebra.every([algebra.negated(holds) for holds in rows.values()])
            result = algebra.choice(none, result, algebra.unknown())
            rows = self._alone(rows)
        for index, holds in reversed(rows.items()):
            result = algebra.choice(holds, cases[version.rows[index].outcome], result)
        return result

    def _alone(self, rows: dict[int, Truth]) -> dict[int, Truth]:
        """Of each row, whether it surely applies and no other surely does."""
        algebra, sure = self._algebra, {index: self._algebra.surely(holds) for index, holds in rows.items()}
        return {
            index: algebra.every([holds, *(algebra.negated(other) for place, other in sure.items() if place != index)])
            for index, holds in sure.items()
        }

    # Conditions -----------------------------------------------------------------------------------------------------

    def _holds(self, condition: Condition, at: Location) -> Truth:
        text = repr(condition)
        if text not in self._truths:
            try:
                self._truths[text] = self._said(condition, at)
            except Refused as refused:
                self._refuse(at, refused)
                self._truths[text] = self._algebra.undecided()
        return self._truths[text]

    def _said(self, condition: Condition, at: Location) -> Truth:
        match condition:
            case AllOf():
                return self._algebra.every(
                    [self._holds(part, (*at, "all", index)) for index, part in enumerate(condition.all)]
                )
            case AnyOf():
                return self._algebra.some(
                    [self._holds(part, (*at, "any", index)) for index, part in enumerate(condition.any)]
                )
            case Not():
                return self._algebra.negated(self._holds(condition.not_, (*at, "not")))
            case Compared():
                return self._compared(condition)

    def _compared(self, condition: Compared) -> Truth:
        algebra, path = self._algebra, condition.fact
        [(operator, comparand)] = condition.written()
        kind = self._kind(path)
        if operator == "missing":
            return algebra.missing(path, kind)
        if operator == "in":
            return algebra.some([self._against(path, kind, "is", one) for one in comparand])
        return self._against(path, kind, cast("Comparison", operator), comparand)

    def _against(self, path: str, kind: Kind, comparison: Comparison, comparand: ValueRef | Value) -> Truth:
        try:
            other = self._written.value(comparand.value, self._on) if isinstance(comparand, ValueRef) else comparand
        except NotConfigured:
            return self._algebra.undecided()
        if kind not in NUMERIC:
            return self._algebra.stated(path, kind, comparison, other)
        return self._algebra.compared(
            self._algebra.fact(path, kind), comparison, self._algebra.constant(Decimal(str(other)))
        )

    # Refusals -------------------------------------------------------------------------------------------------------

    def _refuse(self, at: Location, refused: Refused) -> None:
        self._problems[Problem(refused.code, dotted(at), refused.cause, refused.remedy)] = None

    def _step(self, step: Callable[[], Number], at: Location) -> Number:
        try:
            return step()
        except Refused as refused:
            self._refuse(at, refused)
            return self._algebra.unknown()
