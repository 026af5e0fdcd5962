"""Checks tried on cases: one that nothing can break, one that never applies, one that nobody can meet."""

from collections.abc import Iterator
from datetime import date

from core.rulesets.language.diagnostics import Diagnostic
from core.rulesets.language.format import Check
from core.rulesets.language.strict_yaml import Location
from core.rulesets.lint import trial
from core.rulesets.lint.context import LintContext


def try_checks(context: LintContext) -> Iterator[Diagnostic]:
    rules = trial.make_lookup(context)
    for act, checks in context.file.checks.items():
        for index, check in enumerate(checks):
            at: Location = ("checks", act, index)
            later = next((each.since for each in checks[index + 1 :] if each.id == check.id), None)
            yield from _try_check(context, rules, at, check, later)


def _try_check(
    context: LintContext, rules: trial.RuleLookup, at: Location, check: Check, until: date | None
) -> Iterator[Diagnostic]:
    """On its first day what is wrong is refused; from a later one, when a figure changes, it is told."""
    compared = trial.list_comparisons([check.when, check.must])
    for day in trial.list_days(rules, compared, check.since, until):
        cases = list(trial.list_cases(rules, compared, day))
        applying = [case for case in cases if case.answer(check.when) is not False]
        answers = {case.answer(check.must) for case in applying}
        later = f"自 {day} 起" if day != check.since else ""
        tell = context.warning if later or trial.is_too_wide(rules, compared, day) else context.diagnostic
        if not applying:
            message = f"检查项“{check.id}”的 when {later}永远不成立，不会检查"
            yield tell((*at, "when"), "NEVER_APPLIES", message, "改正条件，或删去这一项")
        elif answers == {True}:
            message = f"检查项“{check.id}”{later}永远通过，什么也不会拒绝"
            yield tell((*at, "must"), "ALWAYS_TRUE", message, "改正条件，或删去这一项")
        elif answers <= {True, None} and None in answers:
            message = f"检查项“{check.id}”{later}没有可比的取值（未配置），什么也不会拒绝"
            yield context.warning((*at, "must"), "LIMIT_NOT_SET", message, "写明所比较的取值；还不知道的，先删去这一项")
        elif answers == {False} and check.severity == "refuse":
            message = f"检查项“{check.id}”{later}永远不通过，谁也办不成"
            yield context.warning((*at, "must"), "ALWAYS_FALSE", message, "核对条件；确实不办理的，删去该办理事项")
        else:
            continue
        return
