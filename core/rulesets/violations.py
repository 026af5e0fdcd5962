"""The decisions behind a refusal: which rule an act breaks, and the text that says so."""

from collections.abc import Sequence
from datetime import date

from core.decisions import Certainty, Citation, Decision, Kind, Reason, Violation
from core.messages import Message
from core.rulesets.evaluation import Evaluation
from core.rulesets.hooks import BrokenRule, HookFailed, Hooks
from core.rulesets.language.conditions import FactMissing, Facts, NotConfigured
from core.rulesets.language.format import Check
from core.rulesets.lookup import RuleLookup, UnknownPath, weakest


def find_violations(rules: RuleLookup, hooks: Hooks, act: str, facts: Facts, on: date) -> list[Violation]:
    """Every rule of an act that is broken, the warnings among them, in the order they are written; the hooks' last."""
    checked = (
        _apply_check(Evaluation(rules, hooks, facts, on, depth=1), act, check) for check in rules.checks(act, on)
    )
    found = [violation for violation in checked if violation]
    try:
        found += [_cite_hook(rules, act, rule, on) for rule in hooks.broken_rules(act, facts, on)]
    except HookFailed as failure:
        found.append(_report_failed_hook(rules, act, failure.hook, failure.reason, on))
    return found


def decide_refusal(
    rules: RuleLookup,
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
    sure = certainty or rules.certainty_of_source(citation.source)
    return Decision(path, message, on.isoformat(), Kind.CODE, sure, "refused", sentence, (first, *because), rules.ref)


def _apply_check(evaluation: Evaluation, act: str, check: Check) -> Violation | None:
    rules, on = evaluation.rules, evaluation.on
    lacking: Sequence[str] = ()
    try:
        if (check.when and not evaluation.holds(check.when)) or evaluation.holds(check.must):
            return None
        code, refuses = check.code, check.severity == "refuse"
        certainty = weakest(rules.certainty_of(check), evaluation.certainty)
    except NotConfigured:
        return None  # nothing to hold the act against; the figure itself answers "not configured" when asked
    except FactMissing as missing:
        code, refuses, certainty = "UNDECIDED", False, Certainty.UNDECIDED
        lacking = rules.missing_facts(missing.path, evaluation.facts)
    if lacking:  # what is missing, and nothing of what the rule would say
        said = Message("check.not_known", label=[rules.fact(path).label for path in lacking], path=list(lacking))
        message, english = said.zh, said.en
    else:
        message = rules.fill_template(check.message, evaluation.facts, on)
        english = rules.fill_template(check.message_en, evaluation.facts, on, "en") if check.message_en else None
    decision = decide_refusal(
        rules,
        f"checks.{act}.{check.id}",
        message,
        rules.citation(check),
        on,
        since=check.since,
        certainty=certainty,
        because=evaluation.reasons,
    )
    return Violation(code, _place(check.at), message, decision, refuses, english, lacking)


def _cite_hook(rules: RuleLookup, act: str, rule: BrokenRule, on: date) -> Violation:
    try:
        citation = rules.cite(rule.source, rule.locator)
    except UnknownPath:
        return _report_failed_hook(rules, act, "broken_rules", f"引用了不存在的来源 {rule.source}", on)
    decision = decide_refusal(rules, f"checks.{act}.{rule.code.lower()}", rule.message, citation, on)
    return Violation(rule.code, _place(rule.at), rule.message, decision, english=rule.message_en)


def _place(at: str | None) -> Sequence[str]:
    """What a rule names as its place: the input's field, or the fact that it states."""
    return (at,) if at else ()


def _report_failed_hook(rules: RuleLookup, act: str, hook: str, reason: str, on: date) -> Violation:
    """A failed hook refuses nothing: the officer sees that a check could not be made, and why."""
    path, said = f"checks.{act}", Message("check.no_result", hook=hook)
    message = said.zh
    because = (Reason(0, path, message), Reason(1, f"hooks.{hook}", f"城市规则程序 {hook}：{reason}"))
    undecided = Certainty.UNDECIDED
    decision = Decision(path, "办理检查", on.isoformat(), Kind.CODE, undecided, None, message, because, rules.ref)
    return Violation("UNDECIDED", (), message, decision, refuses=False, english=said.en)
