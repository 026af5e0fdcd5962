"""The decision on one question: its evaluation, and the same question under every other reading that is open."""

from collections.abc import Iterator, Sequence
from datetime import date

from core.decisions import Alternative, Certainty, Decision, Kind, Value
from core.rulesets.evaluation import NAMED_KINDS, Evaluation, Undecidable
from core.rulesets.hooks import Hooks
from core.rulesets.language import values
from core.rulesets.language.conditions import Facts, NotConfigured, Unknown
from core.rulesets.language.format import Interpretation
from core.rulesets.lookup import RuleLookup


def decide(rules: RuleLookup, hooks: Hooks, path: str, facts: Facts, on: date) -> Decision:
    """The answer to a formula, a decision table or a value, whichever the path names; raises UnknownPath."""
    label, kind = rules.label_and_kind(path)
    evaluation = Evaluation(rules, hooks, facts, on)
    value: Value | None = None
    try:
        value, sentence = evaluation.evaluate(path)
        certainty = evaluation.certainty
    except NotConfigured as unknown:
        certainty = Certainty.NOT_CONFIGURED
        without = f"，无法得出{label}" if unknown.path != path else ""
        sentence = f"{unknown.label}未配置{without}，平台不作推测。"
    except Unknown as unknown:
        certainty = Certainty.UNDECIDED
        missing = "、".join(rules.fact(part).label for part in rules.missing_facts(unknown.path, facts))
        sentence = f"缺少“{missing}”，无法得出{label}。"
    except Undecidable as case:
        certainty = Certainty.UNDECIDED
        sentence = f"{label}：{case.reason}，转由经办人员认定。"
    text = None
    others: list[tuple[Alternative, str]] = []
    if value is not None:
        text = values.canonical_text(value, kind)
        others = list(_find_alternatives(evaluation, path, kind))
        sentence += "".join(
            _say_open_question(code, question, others) for code, question in evaluation.questions.items()
        )
    because, alternatives = tuple(evaluation.reasons), tuple(other for other, _ in others)
    return Decision(path, label, on.isoformat(), kind, certainty, text, sentence, because, rules.ref, alternatives)


def _find_alternatives(evaluation: Evaluation, path: str, kind: Kind) -> Iterator[tuple[Alternative, str]]:
    """The same question under every other reading that changes how it is computed, and how to say what that gives.

    None of them can fail the answer: where a reading gives nothing, that is what is said of it.
    """
    for code, question in evaluation.questions.items():
        for name, reading in question.readings.items():
            if name == question.chosen:
                continue
            other = Evaluation(
                evaluation.rules, evaluation.hooks, evaluation.facts, evaluation.on, reading={code: name}
            )
            text, said = None, "无法得出"
            try:
                value, _ = other.evaluate(path)
                shown = evaluation.rules.answer_text(path, value)
                text, said = (
                    values.canonical_text(value, kind),
                    f"为“{shown}”" if kind in NAMED_KINDS else f"为 {shown}",
                )
            except (Unknown, Undecidable):
                pass
            if other.swapped:
                yield Alternative(code, question.question, name, reading.label, text), said


def _say_open_question(code: str, question: Interpretation, others: Sequence[tuple[Alternative, str]]) -> str:
    here = "".join(f"；按“{other.label}”则{said}" for other, said in others if other.interpretation == code)
    return f"此处的理解待确认，现按“{question.readings[question.chosen].label}”{here}。"
