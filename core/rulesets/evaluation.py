"""One question evaluated: the value, the sentence that says it, and every reason met on the way."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from core.decisions import Certainty, Citation, Kind, Reason, Value
from core.money import rate_text, round_to
from core.rulesets.hooks import HookFailed, Hooks
from core.rulesets.language import formulas, values
from core.rulesets.language.conditions import Condition, FactMissing, Facts, NotConfigured, Unknown, holds
from core.rulesets.language.format import Cited, FormulaVersion, Interpretation, Reading, TableRow, TableVersion
from core.rulesets.language.formulas import FactOperand, FormulaOperand, Rounding, ValueOperand
from core.rulesets.lookup import RuleLookup, weakest

_MODES = {"half_up": "四舍五入", "up": "进位", "down": "舍去"}
NAMED_KINDS = {Kind.BOOLEAN, Kind.CODE, Kind.CODES, Kind.TEXT, Kind.TEXTS}
"""A sentence puts a colon before these, and no unit behind them."""


class Undecidable(Exception):
    """The rules give no single answer to this case; an officer decides."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.reason = reason


class Evaluation:
    """One question, with its trace: the reasons, the open questions met, and the certainty.

    ``reading`` swaps the chosen reading of an open question for another; ``depth`` is where the first reason stands.
    """

    def __init__(
        self,
        rules: RuleLookup,
        hooks: Hooks,
        facts: Facts,
        on: date,
        *,
        reading: Mapping[str, str] | None = None,
        depth: int = 0,
    ) -> None:
        self.rules = rules
        self.hooks = hooks
        self.facts = facts
        self.on = on
        self.reading = reading or {}
        self.reasons: list[Reason] = []
        self.certainty = Certainty.CONFIRMED
        self.questions: dict[str, Interpretation] = {}
        self.swapped = False
        self._depth = depth
        _refuse_wrong_kinds(rules, facts)

    def evaluate(self, path: str) -> tuple[Value, str]:
        """The value of a formula, table or term, and the sentence that says it.

        Raises Unknown or Undecidable; what was met until then stands in ``reasons``.
        """
        if self.rules.has("formulas", path):
            rule = self.rules.formula(path)
            amount, words, version = self._evaluate_formula(path)
            said = f"{rule.label}为 {values.display_text(amount, rule.kind)}：{words}。"
            return amount, f"{said}依据{self.rules.citation(version)}，自 {version.since} 起适用。"
        if self.rules.has("tables", path):
            row, message, citation = self._evaluate_table(path)
            return row.outcome, f"{message.rstrip('。')}。依据{citation}。"
        value = self.term_value(path)
        term = self.rules.term(path)
        says = "：" if term.kind in NAMED_KINDS else "为 "
        said = f"{term.label}{says}{_add_unit(self.rules.answer_text(path, value), term.kind, term.unit)}。"
        return value, f"{said}依据{self.reasons[0].citation}。"

    def holds(self, condition: Condition) -> bool:
        """Whether the condition holds for the case; raises Unknown."""
        return holds(condition, self)

    # What conditions ask for ----------------------------------------------------------------------------------------

    def fact_value(self, fact: str) -> Value | None:
        known, declared = self.facts.get(fact), self.rules.fact(fact)
        if known is None:
            self._add_reason(Reason(self._depth, fact, f"{declared.label}：未填写"))
            return None
        shown = _add_unit(self.rules.fact_text(fact, known), declared.kind, declared.unit)
        self._add_reason(
            Reason(self._depth, fact, f"{declared.label}：{shown}", values.canonical_text(known, declared.kind))
        )
        return known

    def term_value(self, term: str) -> Value:
        declared, entry = self.rules.term(term), self.rules.value_entry(term, self.on)
        raw = entry.value if entry else None
        if entry and (reading := self._choose_reading(entry)) and reading.value is not None:
            raw, self.swapped = reading.value, True
        if raw is None:
            self._add_reason(self._make_reason(term, f"{declared.label}：未配置", entry))
            raise NotConfigured(term, declared.label)
        value = values.from_yaml(raw, declared.kind)
        shown = _add_unit(self.rules.answer_text(term, value), declared.kind, declared.unit)
        self._add_reason(
            self._make_reason(term, f"{declared.label}：{shown}", entry, values.canonical_text(value, declared.kind))
        )
        self._weaken(entry)
        return value

    # What formulas ask for ------------------------------------------------------------------------------------------

    def fact_number(self, path: str) -> Decimal:
        known = self.fact_value(path)
        if known is None:
            raise FactMissing(path)
        return Decimal(str(known))

    def term_number(self, path: str) -> Decimal:
        return Decimal(str(self.term_value(path)))

    def formula_number(self, path: str) -> Decimal:
        return self._evaluate_formula(path)[0]

    def table_outcome(self, table: str) -> str:
        return self._evaluate_table(table)[0].outcome

    def hook_number(self, name: str, facts: list[str]) -> Decimal:
        path = f"hooks.{name}"
        try:
            answer = self.hooks.calculate(name, {fact: self.fact_value(fact) for fact in facts}, self.on)
        except HookFailed as failure:
            self._add_reason(Reason(self._depth, path, f"城市规则程序 {name}：{failure.reason}"))
            raise Undecidable(path, f"城市规则程序 {name} 未能给出结果") from None
        if answer is None:
            self._add_reason(Reason(self._depth, path, f"城市规则程序 {name}：没有给出结果"))
            raise Undecidable(path, f"城市规则程序 {name} 没有给出结果")
        self._add_reason(Reason(self._depth, path, f"城市规则程序 {name}：{values.number_text(answer)}", f"{answer:f}"))
        return answer

    def kind_of(self, operand: FactOperand | ValueOperand | FormulaOperand) -> Kind:
        match operand:
            case FactOperand():
                return self.rules.fact(operand.fact).kind
            case ValueOperand():
                return self.rules.term(operand.value).kind
            case FormulaOperand():
                return self.rules.formula(operand.formula).kind

    # Inside ---------------------------------------------------------------------------------------------------------

    def _evaluate_formula(self, path: str) -> tuple[Decimal, str, FormulaVersion]:
        rule = self.rules.formula(path)
        version = self.rules.formula_version(path, self.on)
        if version is None:
            raise NotConfigured(path, rule.label)
        place, text, said = len(self.reasons), None, "无法得出"
        self._depth += 1
        try:
            result = formulas.compute(self._choose_calculation(version), self)
            amount, said = _round(result, version.round, rule.kind)
            text = values.canonical_text(amount, rule.kind)
        except (ArithmeticError, ValueError):
            raise Undecidable(path, "数字过大，无法计算") from None
        finally:
            # First the rule, then what it rests on, also when something it rests on is not known.
            self._depth -= 1
            self.reasons.insert(place, self._make_reason(path, f"{rule.label}：{said}", version, text))
        self._weaken(version)
        return amount, said, version

    def _choose_calculation(self, version: FormulaVersion) -> formulas.Formula:
        reading = self._choose_reading(version)
        if reading and reading.calculate is not None:
            self.swapped = True
            return reading.calculate
        return version.calculate

    def _evaluate_table(self, path: str) -> tuple[TableRow, str, Citation]:
        table = self.rules.table(path)
        version = self.rules.table_version(path, self.on)
        if version is None:
            raise NotConfigured(path, table.label)
        if (reading := self._choose_reading(version)) and reading.table is not None:
            self.swapped = True
            return self._evaluate_table(reading.table)
        place, depth = len(self.reasons), self._depth
        self._depth += 1
        try:
            row = self._match_row(path, table.label, version)
        except (Unknown, Undecidable):
            since, citation = version.since.isoformat(), self.rules.citation(version)
            self.reasons.insert(place, Reason(depth, path, f"{table.label}：无法判定", None, since, citation))
            raise
        finally:
            self._depth = depth
        message = self.rules.fill_template(row.message, self.facts, self.on)
        citation = self.rules.citation(version, row.locator)
        since = version.since.isoformat()
        self.reasons.insert(place, Reason(depth, f"{path}#{row.id}", message, row.outcome, since, citation))
        self._weaken(version)
        return row, message, citation

    def _match_row(self, path: str, label: str, version: TableVersion) -> TableRow:
        """The row that applies. The default row, which has no condition, applies when no other does."""
        matching: list[TableRow] = []
        unknown: Unknown | None = None
        for row in version.rows:
            try:
                if row.when is not None and self.holds(row.when):
                    matching.append(row)
            except Unknown as missing:
                unknown = unknown or missing
            if version.hit_policy == "first" and (matching or unknown):
                break
        if len(matching) > 1:
            raise Undecidable(path, f"判定表有 {len(matching)} 行同时符合（{'、'.join(row.id for row in matching)}）")
        if matching:
            return matching[0]
        if unknown:
            raise unknown
        default = next((row for row in version.rows if row.when is None), None)
        if default is None:
            raise NotConfigured(path, label)
        return default

    def _choose_reading(self, entry: Cited) -> Reading | None:
        """Notes the open questions that an entry and its source touch, and gives the reading of the entry's own to try
        instead of the chosen one."""
        for code in (self.rules.source(entry.source).interpretation, entry.interpretation):
            question = self.rules.interpretation(code) if code else None
            if code and question and question.status == "needs_confirmation":
                self.questions[code] = question
        if entry.interpretation is None:
            return None
        question = self.rules.interpretation(entry.interpretation)
        name = self.reading.get(entry.interpretation)
        return question.readings[name] if name else None

    def _make_reason(self, path: str, sentence: str, entry: Cited | None, value: str | None = None) -> Reason:
        if entry is None:
            return Reason(self._depth, path, sentence)
        return Reason(self._depth, path, sentence, value, entry.since.isoformat(), self.rules.citation(entry))

    def _weaken(self, entry: Cited | None) -> None:
        if entry:
            self.certainty = weakest(self.certainty, self.rules.certainty_of(entry))

    def _add_reason(self, reason: Reason) -> None:
        if reason not in self.reasons:
            self.reasons.append(reason)


def _round(exact: formulas.Result, rounding: Rounding | None, kind: Kind) -> tuple[Decimal, str]:
    if rounding is None:
        return exact.amount, exact.words
    amount = round_to(exact.amount, rounding.to, rounding.mode)
    if amount == exact.amount:
        return amount, exact.words
    step = rate_text(rounding.to) if kind is Kind.RATE else f"{rounding.to:f}"
    return amount, f"{exact.words}，{_MODES[rounding.mode]}到 {step}{' 元' if kind is Kind.MONEY else ''}"


def _add_unit(shown: str, kind: Kind, unit: str | None) -> str:
    return f"{shown}{unit}" if unit and kind is Kind.INTEGER else shown


def _refuse_wrong_kinds(rules: RuleLookup, facts: Facts) -> None:
    """A float or a string in place of an amount is a mistake of the calling code; said before anything rests on it."""
    for path, value in facts.items():
        kind = rules.fact_kinds.get(path)
        if value is not None and kind is not None and not values.has_kind(value, kind):
            got = f"{type(value).__name__} {value!r}"
            raise TypeError(f"fact {path} is declared as {kind}, got {got}; read it with facts_from_text")
