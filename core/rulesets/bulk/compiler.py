"""Goes through a formula once, for all cases, in the same order and with the same unknowns as for a single one."""

from collections.abc import Callable, Collection
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Generic, cast

from core.decisions import Kind, Value
from core.rulesets.bulk.backend import Backend, BulkProblem, Comparison, NotInBulk, NumberT, StepRefused, TruthT
from core.rulesets.language import formulas
from core.rulesets.language.conditions import AllOf, AnyOf, Condition, Not, NotConfigured, ValueRef
from core.rulesets.language.conditions import Comparison as Compared
from core.rulesets.language.formulas import Formula, Rounding
from core.rulesets.language.strict_yaml import Location, dotted_path
from core.rulesets.language.values import NUMERIC
from core.rulesets.lookup import RuleLookup

_FEN = Rounding(to=Decimal("0.01"), mode="half_up")


class FormulaCompiler(Generic[NumberT, TruthT]):
    """One question in the words of one backend. Equal parts of a formula are the same number, computed once."""

    def __init__(
        self, rules: RuleLookup, backend: Backend[NumberT, TruthT], columns: Collection[str], on: date
    ) -> None:
        self._rules = rules
        self._backend = backend
        self._columns = columns
        self._on = on
        self._problems: dict[BulkProblem, None] = {}
        self._numbers: dict[str, NumberT] = {}
        self._truths: dict[str, TruthT] = {}

    def compile(self, path: str) -> NumberT:
        """The formula's result as it is shown; raises UnknownPath, NotInBulk with every problem found."""
        number = self._compile_formula(path)
        version = self._rules.formula_version(path, self._on)
        in_fen = version is not None and version.round is not None and version.round.to == _FEN.to
        if self._rules.formula(path).kind is Kind.MONEY and not in_fen:
            number = self._try_step(lambda: self._backend.round(number, _FEN), ("formulas", path))
        if self._problems:
            raise NotInBulk(list(self._problems))
        return number

    # Numbers --------------------------------------------------------------------------------------------------------

    def _compile_formula(self, path: str) -> NumberT:
        self._rules.formula(path)
        version = self._rules.formula_version(path, self._on)
        if version is None:
            return self._backend.unknown_number()
        at: Location = ("formulas", path, version.since.isoformat(), "calculate")
        number, rounding = self._compile_number(version.calculate, at), version.round
        return number if rounding is None else self._try_step(lambda: self._backend.round(number, rounding), at)

    def _compile_number(self, node: Formula, at: Location) -> NumberT:
        text = repr(node)
        if text not in self._numbers:
            self._numbers[text] = self._try_step(lambda: self._compile_node(node, at), at)
        return self._numbers[text]

    def _compile_node(self, node: Formula, at: Location) -> NumberT:
        backend = self._backend
        match node:
            case Decimal():
                return backend.constant(node)
            case formulas.FactOperand():
                return backend.fact(node.fact, self._require_column(node.fact))
            case formulas.ValueOperand():
                return self._compile_term(node.value)
            case formulas.FormulaOperand():
                return self._compile_formula(node.formula)
            case formulas.PercentOf():
                return backend.multiply(
                    self._compile_number(node.of, (*at, "of")), self._compile_number(node.rate, (*at, "rate"))
                )
            case formulas.MarginalTiers():
                return self._compile_marginal(node, at)
            case formulas.Bracket():
                return self._compile_bracket(node, at)
            case formulas.Combination():
                return self._compile_combination(node, at)
            case formulas.Clamp():
                return self._compile_clamp(node, at)
            case formulas.Lookup():
                return self._compile_lookup(node, at)
            case formulas.Hook():
                remedy = "这类公式只能逐件计算"
                raise StepRefused("HOOK", f"由城市规则程序 {node.name} 计算，不能成批计算", remedy)

    def _compile_marginal(self, node: formulas.MarginalTiers, at: Location) -> NumberT:
        """Each rate on the whole amount up to its tier's top, less what the next rate takes over from there.

        A rate counts, and can make the sum unknown, only for the cases that reach its tier.
        """
        backend, zero = self._backend, self._backend.constant(Decimal(0))
        base = backend.maximum([self._compile_number(node.of, (*at, "of")), zero])
        tops = [backend.constant(tier.up_to) for tier in node.tiers if tier.up_to is not None]
        rates = [
            self._compile_number(tier.rate, (*at, "tiers", index, "rate")) for index, tier in enumerate(node.tiers)
        ]
        counted = [
            rate if backend.is_always_known(rate) else backend.choose(backend.compare(base, "gt", below), rate, zero)
            for rate, below in zip(rates, [zero, *tops], strict=True)
        ]
        parts = [*(backend.minimum([base, top]) for top in tops), base]
        left = [backend.subtract(rate, after) for rate, after in pairwise([*counted, zero])]
        return backend.add([backend.multiply(part, rate) for part, rate in zip(parts, left, strict=True)])

    def _compile_bracket(self, node: formulas.Bracket, at: Location) -> NumberT:
        backend, base = self._backend, self._compile_number(node.of, (*at, "of"))
        result = backend.unknown_number()
        for index, row in reversed([*enumerate(node.rows)]):
            top = base if row.up_to is None else backend.constant(row.up_to)
            then = self._compile_number(row.then, (*at, "rows", index, "then"))
            result = backend.choose(backend.compare(base, "at_most", top), then, result)
        return result

    def _compile_combination(self, node: formulas.Combination, at: Location) -> NumberT:
        parts = [self._compile_number(part, (*at, "of", index)) for index, part in enumerate(node.of)]
        match node.kind:
            case "sum":
                return self._backend.add(parts)
            case "min_of":
                return self._backend.minimum(parts)
            case "max_of":
                return self._backend.maximum(parts)

    def _compile_clamp(self, node: formulas.Clamp, at: Location) -> NumberT:
        """A case below the floor takes it, be the cap known or not, or under the floor."""
        backend, base = self._backend, self._compile_number(node.of, (*at, "of"))
        within = base
        if node.at_most is not None:
            within = backend.minimum([base, self._compile_number(node.at_most, (*at, "at_most"))])
        if node.at_least is None:
            return within
        floor = self._compile_number(node.at_least, (*at, "at_least"))
        if node.at_most is None:
            return backend.maximum([base, floor])
        return backend.choose(backend.compare(base, "lt", floor), floor, within)

    # What they refer to ---------------------------------------------------------------------------------------------

    def _require_column(self, fact: str) -> Kind:
        """What the fact is; refused where no column states it."""
        declared = self._rules.fact(fact)
        if fact not in self._columns:
            cause = f"没有给出“{declared.label}”（{fact}）一列"
            raise StepRefused("NO_COLUMN", cause, "给出该列；各件都未填写的，整列为空")
        return declared.kind

    def _compile_term(self, path: str) -> NumberT:
        try:
            return self._backend.constant(Decimal(str(self._rules.value(path, self._on))))
        except NotConfigured:
            return self._backend.unknown_number()

    def _compile_lookup(self, node: formulas.Lookup, at: Location) -> NumberT:
        """The branch of the row that applies; the default row's where none does."""
        backend, rules = self._backend, self._rules
        rules.table(node.table)
        version = rules.table_version(node.table, self._on)
        cases = {outcome: self._compile_number(case, (*at, "cases", outcome)) for outcome, case in node.cases.items()}
        if version is None:
            return backend.unknown_number()
        default = next((row for row in version.rows if row.when is None), None)
        result = backend.unknown_number() if default is None else cases[default.outcome]
        place: Location = ("tables", node.table, version.since.isoformat(), "rows")
        rows = {
            index: self._compile_condition(row.when, (*place, index, "when"))
            for index, row in enumerate(version.rows)
            if row.when is not None
        }
        if version.hit_policy == "unique" and rows:
            none = backend.all_of([backend.negate(holds) for holds in rows.values()])
            result = backend.choose(none, result, backend.unknown_number())
            rows = self._only_one_holds(rows)
        for index, holds in reversed(rows.items()):
            result = backend.choose(holds, cases[version.rows[index].outcome], result)
        return result

    def _only_one_holds(self, rows: dict[int, TruthT]) -> dict[int, TruthT]:
        """Of each row, whether it surely applies and no other surely does."""
        backend, sure = self._backend, {index: self._backend.is_certain(holds) for index, holds in rows.items()}
        return {
            index: backend.all_of([holds, *(backend.negate(other) for place, other in sure.items() if place != index)])
            for index, holds in sure.items()
        }

    # Conditions -----------------------------------------------------------------------------------------------------

    def _compile_condition(self, condition: Condition, at: Location) -> TruthT:
        text = repr(condition)
        if text not in self._truths:
            try:
                self._truths[text] = self._compile_parts(condition, at)
            except StepRefused as refused:
                self._refuse(at, refused)
                self._truths[text] = self._backend.unknown_truth()
        return self._truths[text]

    def _compile_parts(self, condition: Condition, at: Location) -> TruthT:
        match condition:
            case AllOf():
                return self._backend.all_of(
                    [self._compile_condition(part, (*at, "all", index)) for index, part in enumerate(condition.all)]
                )
            case AnyOf():
                return self._backend.any_of(
                    [self._compile_condition(part, (*at, "any", index)) for index, part in enumerate(condition.any)]
                )
            case Not():
                return self._backend.negate(self._compile_condition(condition.not_, (*at, "not")))
            case Compared():
                return self._compile_comparison(condition)

    def _compile_comparison(self, condition: Compared) -> TruthT:
        backend, path = self._backend, condition.fact
        [(operator, comparand)] = condition.stated_operators()
        kind = self._require_column(path)
        if operator == "missing":
            return backend.is_missing(path, kind)
        if operator == "in":
            return backend.any_of([self._compare_with(path, kind, "is", one) for one in comparand])
        return self._compare_with(path, kind, cast("Comparison", operator), comparand)

    def _compare_with(self, path: str, kind: Kind, comparison: Comparison, comparand: ValueRef | Value) -> TruthT:
        try:
            other = self._rules.value(comparand.value, self._on) if isinstance(comparand, ValueRef) else comparand
        except NotConfigured:
            return self._backend.unknown_truth()
        if kind not in NUMERIC:
            return self._backend.compare_fact(path, kind, comparison, other)
        return self._backend.compare(
            self._backend.fact(path, kind), comparison, self._backend.constant(Decimal(str(other)))
        )

    # Refusals -------------------------------------------------------------------------------------------------------

    def _refuse(self, at: Location, refused: StepRefused) -> None:
        self._problems[BulkProblem(refused.code, dotted_path(at), refused.cause, refused.remedy)] = None

    def _try_step(self, step: Callable[[], NumberT], at: Location) -> NumberT:
        try:
            return step()
        except StepRefused as refused:
            self._refuse(at, refused)
            return self._backend.unknown_number()
