"""What the superior rule leaves to a city: bounds of its figures, of what its formulas come to, of its own checks.

Everything refused here names the text that is undone. ``below`` are the layers that bind the file.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import islice, product
from operator import itemgetter

from core.decisions import Kind, Value
from core.rulesets.evaluation import Evaluation, Undecidable
from core.rulesets.hooks import NoHooks
from core.rulesets.language import formulas, values
from core.rulesets.language.conditions import Condition, Unknown
from core.rulesets.language.diagnostics import Diagnostic
from core.rulesets.language.format import (
    Check,
    FormulaBounds,
    FormulaVersion,
    Term,
    ValueEntry,
)
from core.rulesets.language.strict_yaml import Location
from core.rulesets.lint import trial
from core.rulesets.lint.context import LintContext
from core.rulesets.lint.trial import Case
from core.workdays import Span, Unit

_BINDING = frozenset({"law", "regulation"})
_AMOUNTS = [Decimal(yuan) for yuan in (20_000_000, 100_000_000, 1_000_000_000)]
"""Contracts on which a formula is tried: large enough that no least amount stands above the least share."""
_PLAIN = {Kind.RATE: Decimal("0.015"), Kind.INTEGER: 12}
_MOST_TRIED = 200
_DAYS = {Unit.DAY: (1, 1), Unit.MONTH: (28, 31), Unit.YEAR: (365, 366)}
_LONGEST_HOLIDAYS = 16
"""Calendar days beyond the weekends that a period in working days can take, over a Spring Festival."""


def check_declared_bounds(context: LintContext, path: str, term: Term) -> Iterator[Diagnostic]:
    if term.usual and _is_upside_down(term.usual.min, term.usual.max):
        yield _tell_upside_down(context, ("terms", path, "usual"), term.label)
    if not term.bounds:
        return
    ends = [end for end in (term.bounds.min, term.bounds.max) if end is not None]
    if not ends or not all(_is_limit(end, term.kind) for end in ends):
        message = f"“{term.label}”的 bounds 起不了作用"
        remedy = "只用于金额、比例、整数和期限，按其写法写明 min 或 max"
        yield context.diagnostic(("terms", path, "bounds"), "BAD_BOUNDS", message, remedy)
    elif _is_upside_down(term.bounds.min, term.bounds.max):
        yield _tell_upside_down(context, ("terms", path, "bounds"), term.label)


def check_formula_bounds(context: LintContext) -> Iterator[Diagnostic]:
    for path, rule in context.file.formulas.items():
        for index, bounds in enumerate(rule.bounds):
            if _is_upside_down(bounds.min, bounds.max):
                yield _tell_upside_down(context, ("formulas", path, "bounds", index), rule.label)


def _is_upside_down(low: Decimal | str | None, high: Decimal | str | None) -> bool:
    return low is not None and high is not None and type(low) is type(high) and _falls_below(high, low)


def _tell_upside_down(context: LintContext, at: Location, label: str) -> Diagnostic:
    return context.diagnostic(at, "BAD_BOUNDS", f"“{label}”的 min 大于 max，什么取值也不行", "核对 min 和 max")


def check_bounds(context: LintContext, at: Location, value: Value, term: Term) -> Iterator[Diagnostic]:
    """A figure outside what the superior rule allows. A period must surely lie within, whatever months it meets."""
    bounds = term.bounds
    if not bounds or not all(_is_limit(end, term.kind) for end in (bounds.min, bounds.max) if end is not None):
        return
    low, high = bounds.min, bounds.max
    if not (low is not None and _falls_below(value, low)) and not (high is not None and _falls_below(high, value)):
        return
    limits = [
        f"{word} {values.display_text(end, term.kind)}"
        for word, end in (("不低于", low), ("不高于", high))
        if end is not None
    ]
    message = f"{values.display_text(value, term.kind)} 超出上位规定的范围（{'，'.join(limits)}）"
    remedy = f"依据{context.cite(bounds)}，改到范围之内"
    yield context.diagnostic(
        at, "OUT_OF_BOUNDS", message, f"{remedy}，用同一单位书写" if term.kind is Kind.SPAN else remedy
    )


def check_null(at: Location, context: LintContext, path: str, entry: ValueEntry) -> Iterator[Diagnostic]:
    """A city's null ends what stands below it; what a law or regulation sets is not a city's to end."""
    term: Term = context.entries("terms")[path]
    for layer in context.below:
        entries = layer.values.get(path, [])
        begun = [each for each in entries if each.since <= entry.since]
        ended = next((each for each in [*begun[-1:], *entries[len(begun) :]] if each.value is not None), None)
        if ended is None or term.optional:
            continue
        source = layer.sources.get(ended.source)
        what = f"null 取消了《{layer.ruleset.name}》的“{term.label}”"
        if term.bounds or (source and source.kind in _BINDING):
            cited = context.cite(term.bounds or ended)
            yield context.diagnostic(at, "ENDS_SUPERIOR", what, f"依据{cited}，删去这一项即沿用，或写明取值")
        else:
            yield context.warning(at, "ENDS_SUPERIOR", what, "要沿用就删去这一项；确要取消的，写明 note")


def try_overrides(context: LintContext) -> Iterator[Diagnostic]:
    """A check written anew refuses what the superior one refuses, or an open question says why not."""
    rules = trial.make_lookup(context)
    for act, checks in context.file.checks.items():
        for index, check in enumerate(checks):
            for layer in context.below:
                base = [each for each in layer.checks.get(act, ()) if each.id == check.id]
                if base and base[-1].severity == "refuse":
                    yield from _compare_checks(context, rules, ("checks", act, index), check, base[-1])


def _compare_checks(
    context: LintContext, rules: trial.RuleLookup, at: Location, check: Check, base: Check
) -> Iterator[Diagnostic]:
    compared = trial.list_comparisons([base.when, base.must, check.when, check.must])
    refused = [case for case in trial.list_cases(rules, compared, check.since) if _breaks(case, base)]
    passed = [case for case in refused if not _breaks(case, check)]
    if passed and len(passed) == len(refused):
        message = f"上级“{base.id}”所拒绝的，这里全部放行（如{trial.describe_case(passed[0])}）"
        remedy = f"依据{context.cite(base)}，改正条件，或删去这一项"
        yield context.diagnostic((*at, "must"), "UNDOES_SUPERIOR", message, remedy)
    elif check.interpretation:
        return  # said, with the question that is open
    elif passed:
        message = f"上级“{base.id}”所拒绝的，这里有的放行（如{trial.describe_case(passed[0])}）"
        remedy = f"依据{context.cite(base)}；确有本地规定的，用 interpretation 写明问题"
        yield context.warning((*at, "must"), "LOOSENS_SUPERIOR", message, remedy)
    elif check.severity == "warn":
        message = f"上级的检查项“{base.id}”拒绝，这里只提示"
        remedy = f"依据{context.cite(base)}；确有本地规定的，用 interpretation 写明问题"
        yield context.warning((*at, "severity"), "LOOSENS_SUPERIOR", message, remedy)


def _breaks(case: Case, check: Check) -> bool:
    return case.answer(check.when) is True and case.answer(check.must) is False


def try_formulas(context: LintContext) -> Iterator[Diagnostic]:
    """What a city's own formula comes to, on cases: within what the layers below allow, and never one sum for all."""
    for layer in context.below:
        for path, rule in layer.formulas.items():
            own = context.file.formulas.get(path)
            for index, version in enumerate(own.versions if own else ()):
                at: Location = ("formulas", path, "versions", index, "calculate")
                later = own.versions[index + 1].since if own and index + 1 < len(own.versions) else None
                tried = _FormulaTrial(context, path, version, later)
                found = [each for bounds in rule.bounds for each in tried.check_bounds(at, bounds)]
                yield from found or tried.check_constant(at, rule.versions[-1])


class _FormulaTrial:
    """One version of a formula, asked on cases as a real one would be."""

    def __init__(self, context: LintContext, path: str, version: FormulaVersion, until: date | None) -> None:
        self.context = context
        self.rules = trial.make_lookup(context)
        self.path = path
        self.version = version
        changes = {entry.since for entries in context.file.values.values() for entry in entries}
        later = sorted(day for day in changes if version.since < day and (until is None or day < until))
        self.days = [version.since, *later[-trial.MOST_DAYS :]]
        self._answers: dict[tuple[object, ...], Decimal | int | None] = {}

    def check_bounds(self, at: Location, bounds: FormulaBounds) -> Iterator[Diagnostic]:
        """The first case in which the formula leaves the bounds."""
        for case in self._list_cases(bounds.when, bounds.share_of):
            base = case.facts.get(bounds.share_of)
            if not isinstance(base, Decimal) or case.answer(bounds.when) is not True:
                continue
            amount = self._answer(case)
            if amount is None:
                continue
            limit = self.rules.value_or_none(bounds.or_at, case.on) if bounds.or_at else None
            too_low = bounds.min is not None and amount < bounds.min * base and (limit is None or amount < limit)
            if not too_low and (bounds.max is None or amount <= bounds.max * base):
                continue
            share = values.display_text((bounds.min if too_low else bounds.max) or Decimal(0), Kind.RATE)
            came = values.display_text(amount, self.rules.formula(self.path).kind)
            word, of = "低于" if too_low else "高于", self.rules.fact(bounds.share_of).label
            message = f"算得 {came}，{word}{of}的 {share}（{trial.describe_case(case)}）"
            remedy = f"依据{self.context.cite(bounds)}，改正公式或其取值"
            yield self.context.diagnostic(at, "RESULT_OUT_OF_BOUNDS", message, remedy)
            return

    def check_constant(self, at: Location, base: FormulaVersion) -> Iterator[Diagnostic]:
        """One sum for every case, where the superior formula asks about the case."""
        if not any(isinstance(node, formulas.FactOperand) for _, node in formulas.walk_formula(base.calculate)):
            return
        found = set[Decimal | int]()
        for case in self._list_cases():
            amount = self._answer(case)
            found |= set() if amount is None else {amount}
            if len(found) > 1:
                return
        if found:
            label = self.rules.formula(self.path).label
            came = values.display_text(found.pop(), self.rules.formula(self.path).kind)
            message = f"无论情形如何，{label}都是 {came}"
            remedy = f"上级的公式按情形计算，依据{self.context.cite(base)}；改正公式，或删去这一项即沿用"
            yield self.context.diagnostic(at, "RESULT_CONSTANT", message, remedy)

    def _answer(self, case: Case) -> Decimal | int | None:
        """Asked once for each case, as several bounds try the same ones."""
        key = (case.on, *sorted(case.facts.items(), key=itemgetter(0)))
        if key not in self._answers:
            self._answers[key] = self._compute(case)
        return self._answers[key]

    def _compute(self, case: Case) -> Decimal | int | None:
        try:
            amount = Evaluation(self.rules, NoHooks(), case.facts, case.on).evaluate(self.path)[0]
        except (Unknown, Undecidable):
            return None
        assert isinstance(amount, Decimal | int)
        return amount

    def _list_cases(self, when: Condition | None = None, *beside: str) -> Iterator[Case]:
        """The cases that the formula's tables and the condition tell apart, each with large amounts.

        Facts that are only computed with take a plain figure: what matters is how the result moves with the amounts.
        """
        tables, operands = self._find_operands()
        operands.update(beside)
        rows = [
            row.when
            for name in sorted(tables)
            for version in self.context.entries("tables")[name].versions
            for row in version.rows
        ]
        amounts = {path for path in operands if self.rules.fact(path).kind is Kind.MONEY}
        compared = [each for each in trial.list_comparisons([*rows, when]) if each.fact not in amounts]
        plain = {path: _PLAIN[self.rules.fact(path).kind] for path in sorted(operands - amounts)}
        for day in self.days:
            cases = islice(trial.list_cases(self.rules, compared, day), _MOST_TRIED)
            for case, amount in product(cases, _AMOUNTS):
                yield Case(self.rules, {**plain, **case.facts, **dict.fromkeys(sorted(amounts), amount)}, day)

    def _find_operands(self) -> tuple[set[str], set[str]]:
        """The tables and the facts of the formula and of all formulas that it uses."""
        tables, facts, seen = set[str](), set[str](), set[str]()
        waiting = [self.version.calculate]
        while waiting:
            for _, node in formulas.walk_formula(waiting.pop()):
                match node:
                    case formulas.Lookup():
                        tables.add(node.table)
                    case formulas.FactOperand():
                        facts.add(node.fact)
                    case formulas.FormulaOperand() if node.formula not in seen:
                        seen.add(node.formula)
                        waiting += [each.calculate for each in self.context.entries("formulas")[node.formula].versions]
                    case _:
                        pass
        return tables, facts


def _is_limit(end: Decimal | str, kind: Kind) -> bool:
    if kind is Kind.SPAN:
        try:
            return isinstance(end, str) and bool(Span.parse(end))
        except ValueError:
            return False
    return kind in values.NUMERIC and isinstance(end, Decimal)


def _falls_below(value: Value | Decimal, limit: Value | Decimal) -> bool:
    """Whether the value is less; of two periods whether it can be."""
    if isinstance(value, str) and isinstance(limit, str):
        shorter, longer = Span.parse(value), Span.parse(limit)
        if shorter.unit is longer.unit:
            return shorter.count < longer.count
        if {shorter.unit, longer.unit} == {Unit.MONTH, Unit.YEAR}:
            return _months(shorter) < _months(longer)
        return _count_days(shorter)[0] < _count_days(longer)[1]
    assert isinstance(value, Decimal | int)
    assert isinstance(limit, Decimal | int)
    return value < limit


def _months(span: Span) -> int:
    return span.count * (12 if span.unit is Unit.YEAR else 1)


def _count_days(span: Span) -> tuple[int, int]:
    """The fewest and the most calendar days that a period takes."""
    if span.unit is Unit.WORKING_DAY:
        return span.count, span.count + (span.count + 4) // 5 * 2 + (_LONGEST_HOLIDAYS if span.count else 0)
    fewest, most = _DAYS[span.unit]
    return span.count * fewest, span.count * most
