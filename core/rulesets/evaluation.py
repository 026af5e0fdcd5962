"""One question answered: the value, the sentence that says it, and every reason met on the way."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from core.decisions import Alternative, Certainty, Citation, Decision, Kind, Reason, Value
from core.money import rate_text, rounded
from core.rulesets.hooks import HookFailed, Hooks
from core.rulesets.language import formulas, values
from core.rulesets.language.conditions import Condition, FactMissing, Facts, NotConfigured, Unknown, holds
from core.rulesets.language.format import Cited, FormulaVersion, Interpretation, Reading, TableRow, TableVersion
from core.rulesets.language.formulas import FactOperand, FormulaOperand, Rounding, ValueOperand
from core.rulesets.lookup import Written, weakest

_MODES = {"half_up": "四舍五入", "up": "进位", "down": "舍去"}
_PLAINLY_NAMED = {Kind.BOOLEAN, Kind.CODE, Kind.CODES, Kind.TEXT, Kind.TEXTS}


class Undecidable(Exception):
    """The rules give no single answer to this case; an officer decides."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.reason = reason


def decide(written: Written, hooks: Hooks, path: str, facts: Facts, on: date) -> Decision:
    """The answer to a formula, a decision table or a value, whichever the path names; raises UnknownPath."""
    label, kind = written.described(path)
    asking = Asking(written, hooks, facts, on)
    value: Value | None = None
    try:
        value, sentence = asking.settle(path)
        certainty = asking.certainty
    except NotConfigured as unknown:
        certainty = Certainty.NOT_CONFIGURED
        without = f"，无法得出{label}" if unknown.path != path else ""
        sentence = f"{unknown.label}未配置{without}，平台不作推测。"
    except Unknown as unknown:
        certainty = Certainty.UNDECIDED
        sentence = f"缺少“{written.fact(unknown.path).label}”，无法得出{label}。"
    except Undecidable as case:
        certainty = Certainty.UNDECIDED
        sentence = f"{label}：{case.reason}，转由经办人员认定。"
    text = None
    others: list[tuple[Alternative, str]] = []
    if value is not None:
        text = values.canonical(value, kind)
        others = list(_alternatives(asking, path, kind))
        sentence += "".join(_open_question(code, question, others) for code, question in asking.questions.items())
    because, alternatives = tuple(asking.because), tuple(other for other, _ in others)
    return Decision(path, label, on.isoformat(), kind, certainty, text, sentence, because, written.ref, alternatives)


class Asking:
    """Collects the reasons, the open questions met and the certainty while a question is being answered.

    ``reading`` swaps the chosen reading of an open question for another; ``depth`` is where the first reason stands.
    """

    def __init__(
        self,
        written: Written,
        hooks: Hooks,
        facts: Facts,
        on: date,
        *,
        reading: Mapping[str, str] | None = None,
        depth: int = 0,
    ) -> None:
        self.written = written
        self.hooks = hooks
        self.facts = facts
        self.on = on
        self.reading = reading or {}
        self.because: list[Reason] = []
        self.certainty = Certainty.CONFIRMED
        self.questions: dict[str, Interpretation] = {}
        self.swapped = False
        self._depth = depth
        _refuse_wrong_kinds(written, facts)

    def settle(self, path: str) -> tuple[Value, str]:
        """The value of a formula, table or term, and the sentence that says it.

        Raises Unknown or Undecidable; what was met until then stands in ``because``.
        """
        if self.written.has("formulas", path):
            rule = self.written.formula(path)
            amount, words, version = self._formula(path)
            said = f"{rule.label}为 {values.shown(amount, rule.kind)}：{words}。"
            return amount, f"{said}依据{self.written.citation(version)}，自 {version.since} 起适用。"
        if self.written.has("tables", path):
            row, message, citation = self._row(path)
            return row.outcome, f"{message.rstrip('。')}。依据{citation}。"
        value = self.configured(path)
        term = self.written.term(path)
        says = "：" if term.kind in _PLAINLY_NAMED else "为 "
        said = f"{term.label}{says}{_with_unit(values.shown(value, term.kind), term.kind, term.unit)}。"
        return value, f"{said}依据{self.because[0].citation}。"

    def holds(self, condition: Condition) -> bool:
        """Whether the condition holds for the case; raises Unknown."""
        return holds(condition, self)

    # What conditions ask for ----------------------------------------------------------------------------------------

    def stated(self, fact: str) -> Value | None:
        known, declared = self.facts.get(fact), self.written.fact(fact)
        if known is None:
            self._add(Reason(self._depth, fact, f"{declared.label}：未填写"))
            return None
        shown = _with_unit(self.written.fact_text(fact, known), declared.kind, declared.unit)
        self._add(Reason(self._depth, fact, f"{declared.label}：{shown}", values.canonical(known, declared.kind)))
        return known

    def configured(self, term: str) -> Value:
        declared, entry = self.written.term(term), self.written.entry(term, self.on)
        raw = entry.value if entry else None
        if entry and (reading := self._other_reading(entry)) and reading.value is not None:
            raw, self.swapped = reading.value, True
        if raw is None:
            self._add(self._reason(term, f"{declared.label}：未配置", entry))
            raise NotConfigured(term, declared.label)
        value = values.from_yaml(raw, declared.kind)
        shown = _with_unit(values.shown(value, declared.kind), declared.kind, declared.unit)
        self._add(self._reason(term, f"{declared.label}：{shown}", entry, values.canonical(value, declared.kind)))
        self._weigh(entry)
        return value

    # What formulas ask for ------------------------------------------------------------------------------------------

    def fact(self, path: str) -> Decimal:
        known = self.stated(path)
        if known is None:
            raise FactMissing(path)
        return Decimal(str(known))

    def value(self, path: str) -> Decimal:
        return Decimal(str(self.configured(path)))

    def formula(self, path: str) -> Decimal:
        return self._formula(path)[0]

    def outcome(self, table: str) -> str:
        return self._row(table)[0].outcome

    def hook(self, name: str, facts: list[str]) -> Decimal:
        path = f"hooks.{name}"
        try:
            answer = self.hooks.calculate(name, {fact: self.stated(fact) for fact in facts}, self.on)
        except HookFailed as failure:
            self._add(Reason(self._depth, path, f"城市规则程序 {name}：{failure.reason}"))
            raise Undecidable(path, f"城市规则程序 {name} 未能给出结果") from None
        if answer is None:
            self._add(Reason(self._depth, path, f"城市规则程序 {name}：没有给出结果"))
            raise Undecidable(path, f"城市规则程序 {name} 没有给出结果")
        self._add(Reason(self._depth, path, f"城市规则程序 {name}：{values.number_text(answer)}", f"{answer:f}"))
        return answer

    def kind_of(self, operand: FactOperand | ValueOperand | FormulaOperand) -> Kind:
        match operand:
            case FactOperand():
                return self.written.fact(operand.fact).kind
            case ValueOperand():
                return self.written.term(operand.value).kind
            case FormulaOperand():
                return self.written.formula(operand.formula).kind

    # Inside ---------------------------------------------------------------------------------------------------------

    def _formula(self, path: str) -> tuple[Decimal, str, FormulaVersion]:
        rule = self.written.formula(path)
        version = self.written.formula_version(path, self.on)
        if version is None:
            raise NotConfigured(path, rule.label)
        place, text, said = len(self.because), None, "无法得出"
        self._depth += 1
        try:
            result = formulas.compute(self._calculation(version), self)
            amount, said = _rounded(result, version.round, rule.kind)
            text = values.canonical(amount, rule.kind)
        except (ArithmeticError, ValueError):
            raise Undecidable(path, "数字过大，无法计算") from None
        finally:
            # First the rule, then what it rests on, also when something it rests on is not known.
            self._depth -= 1
            self.because.insert(place, self._reason(path, f"{rule.label}：{said}", version, text))
        self._weigh(version)
        return amount, said, version

    def _calculation(self, version: FormulaVersion) -> formulas.Formula:
        reading = self._other_reading(version)
        if reading and reading.calculate is not None:
            self.swapped = True
            return reading.calculate
        return version.calculate

    def _row(self, path: str) -> tuple[TableRow, str, Citation]:
        table = self.written.table(path)
        version = self.written.table_version(path, self.on)
        if version is None:
            raise NotConfigured(path, table.label)
        self._other_reading(version)
        place, depth = len(self.because), self._depth
        self._depth += 1
        try:
            row = self._matching(path, table.label, version)
        except (Unknown, Undecidable):
            since, citation = version.since.isoformat(), self.written.citation(version)
            self.because.insert(place, Reason(depth, path, f"{table.label}：无法判定", None, since, citation))
            raise
        finally:
            self._depth = depth
        message = self.written.text(row.message, self.facts, self.on)
        citation = self.written.citation(version, row.locator)
        since = version.since.isoformat()
        self.because.insert(place, Reason(depth, f"{path}#{row.id}", message, row.outcome, since, citation))
        self._weigh(version)
        return row, message, citation

    def _matching(self, path: str, label: str, version: TableVersion) -> TableRow:
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

    def _other_reading(self, entry: Cited) -> Reading | None:
        """Notes the open question that an entry touches, and gives the reading to try instead of the chosen one."""
        if entry.interpretation is None:
            return None
        question = self.written.interpretation(entry.interpretation)
        if question.status == "needs_confirmation":
            self.questions[entry.interpretation] = question
        name = self.reading.get(entry.interpretation)
        return question.readings[name] if name else None

    def _reason(self, path: str, sentence: str, entry: Cited | None, value: str | None = None) -> Reason:
        if entry is None:
            return Reason(self._depth, path, sentence)
        return Reason(self._depth, path, sentence, value, entry.since.isoformat(), self.written.citation(entry))

    def _weigh(self, entry: Cited | None) -> None:
        if entry:
            self.certainty = weakest(self.certainty, self.written.confidence(entry))

    def _add(self, reason: Reason) -> None:
        if reason not in self.because:
            self.because.append(reason)


def _alternatives(asking: Asking, path: str, kind: Kind) -> Iterator[tuple[Alternative, str]]:
    """The same question under every other reading that changes how it is computed, and how to say what that gives.

    None of them can fail the answer: where a reading gives nothing, that is what is said of it.
    """
    for code, question in asking.questions.items():
        for name, reading in question.readings.items():
            if name == question.chosen:
                continue
            other = Asking(asking.written, asking.hooks, asking.facts, asking.on, reading={code: name})
            text, said = None, "无法得出"
            try:
                value, _ = other.settle(path)
                shown = values.shown(value, kind)
                text, said = values.canonical(value, kind), f"为“{shown}”" if kind in _PLAINLY_NAMED else f"为 {shown}"
            except (Unknown, Undecidable):
                pass
            if other.swapped:
                yield Alternative(code, question.question, name, reading.label, text), said


def _open_question(code: str, question: Interpretation, others: Sequence[tuple[Alternative, str]]) -> str:
    here = "".join(f"；按“{other.label}”则{said}" for other, said in others if other.interpretation == code)
    return f"此处的理解待确认，现按“{question.readings[question.chosen].label}”{here}。"


def _rounded(exact: formulas.Result, rounding: Rounding | None, kind: Kind) -> tuple[Decimal, str]:
    if rounding is None:
        return exact.amount, exact.words
    amount = rounded(exact.amount, rounding.to, rounding.mode)
    if amount == exact.amount:
        return amount, exact.words
    step = rate_text(rounding.to) if kind is Kind.RATE else f"{rounding.to:f}"
    return amount, f"{exact.words}，{_MODES[rounding.mode]}到 {step}{' 元' if kind is Kind.MONEY else ''}"


def _with_unit(shown: str, kind: Kind, unit: str | None) -> str:
    return f"{shown}{unit}" if unit and kind is Kind.INTEGER else shown


def _refuse_wrong_kinds(written: Written, facts: Facts) -> None:
    """A float or a string in place of an amount is a mistake of the calling code; said before anything rests on it."""
    for path, value in facts.items():
        kind = written.kinds.get(path)
        if value is not None and kind is not None and not values.is_of(value, kind):
            got = f"{type(value).__name__} {value!r}"
            raise TypeError(f"fact {path} is declared as {kind}, got {got}; read it with facts_from_text")
