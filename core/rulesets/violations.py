"""The decisions behind a refusal: which rule an act breaks, and the text that says so."""

from collections.abc import Sequence
from datetime import date

from core.decisions import Certainty, Citation, Decision, Kind, Reason, Violation
from core.messages import Message
from core.rulesets.evaluation import Asking
from core.rulesets.hooks import Broken, HookFailed, Hooks
from core.rulesets.language.conditions import FactMissing, Facts, NotConfigured
from core.rulesets.language.format import Check
from core.rulesets.lookup import UnknownPath, Written, by_evidence, weakest


def broken(written: Written, hooks: Hooks, act: str, facts: Facts, on: date) -> list[Violation]:
    """Every rule of an act that is broken, the warnings among them, in the order they are written; the hooks' last."""
    checked = (_checked(Asking(written, hooks, facts, on, depth=1), act, check) for check in written.checks(act, on))
    found = [violation for violation in checked if violation]
    try:
        found += [_by_hook(written, act, rule, on) for rule in hooks.broken_rules(act, facts, on)]
    except HookFailed as failure:
        found.append(_undecided(written, act, failure.hook, failure.reason, on))
    return found


def refusal(
    written: Written,
    path: str,
    message: str,
    citation: Citation,
    on: date,
    *,
    since: date | None = None,
    certainty: Certainty | None = None,
    because: Sequence[Reason] = (),
) -> Decision:
    """A refusal with the text it rests on. Its certainty is that of the source unless something weaker was used."""
    begun = since.isoformat() if since else citation.in_force
    first = Reason(0, path, message, None, begun, citation)
    sentence = f"{message.rstrip('。')}。依据{citation}。"
    sure = certainty or by_evidence(citation)
    return Decision(path, message, on.isoformat(), Kind.CODE, sure, "refused", sentence, (first, *because), written.ref)


def _checked(asking: Asking, act: str, check: Check) -> Violation | None:
    written, on = asking.written, asking.on
    lacking: str | None = None
    try:
        if (check.when and not asking.holds(check.when)) or asking.holds(check.must):
            return None
        code, refuses = check.code, check.severity == "refuse"
        certainty = weakest(written.confidence(check), asking.certainty)
    except NotConfigured:
        return None  # nothing to hold the act against; the figure itself answers "not configured" when asked
    except FactMissing as missing:
        code, refuses, certainty = "UNDECIDED", False, Certainty.UNDECIDED
        lacking = missing.path
    message = written.text(check.message, asking.facts, on)
    english = written.text(check.message_en, asking.facts, on) if check.message_en else None
    if lacking:
        label = written.fact(lacking).label
        said = Message("check.not_known", label=label, path=lacking, message=message, english=english)
        message, english = said.zh, said.en if english else None
    decision = refusal(
        written,
        f"checks.{act}.{check.id}",
        message,
        written.citation(check),
        on,
        since=check.since,
        certainty=certainty,
        because=asking.because,
    )
    return Violation(code, check.at.split(".") if check.at else (), message, decision, refuses=refuses, english=english)


def _by_hook(written: Written, act: str, rule: Broken, on: date) -> Violation:
    try:
        citation = written.cite(rule.source, rule.locator)
    except UnknownPath:
        return _undecided(written, act, "broken_rules", f"引用了不存在的来源 {rule.source}", on)
    decision = refusal(written, f"checks.{act}.{rule.code.lower()}", rule.message, citation, on)
    return Violation(rule.code, rule.at.split(".") if rule.at else (), rule.message, decision)


def _undecided(written: Written, act: str, hook: str, reason: str, on: date) -> Violation:
    """A failed hook refuses nothing: the officer sees that a check could not be made, and why."""
    path, said = f"checks.{act}", Message("check.no_result", hook=hook)
    message = said.zh
    because = (Reason(0, path, message), Reason(1, f"hooks.{hook}", f"城市规则程序 {hook}：{reason}"))
    undecided = Certainty.UNDECIDED
    decision = Decision(path, "办理检查", on.isoformat(), Kind.CODE, undecided, None, message, because, written.ref)
    return Violation("UNDECIDED", (), message, decision, refuses=False, english=said.en)
