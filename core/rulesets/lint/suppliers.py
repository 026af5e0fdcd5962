"""Who supplies a fact: the platform, a form or an officer. What nobody does is asked in vain, for ever undecided."""

from collections.abc import Iterator

from core.rulesets import readers
from core.rulesets.language.conditions import Condition, walk_comparisons
from core.rulesets.language.diagnostics import Diagnostic
from core.rulesets.language.format import Fact
from core.rulesets.language.strict_yaml import Location
from core.rulesets.lint.context import LintContext

_BY = {"platform": "平台提供", "officer": "经办人员认定"}


def check_suppliers(context: LintContext) -> Iterator[Diagnostic]:
    """Of an act that the city does not do, for want of a form, nothing is asked."""
    yield from _check_required_fields(context)
    for act, checks in context.file.checks.items():
        if act in readers.ACTS and (act not in readers.FORMS or act in context.entries("forms")):
            for index, check in enumerate(checks):
                for name, condition in (("when", check.when), ("must", check.must)):
                    if condition is not None:
                        yield from _check_facts(context, ("checks", act, index, name), act, condition)


def _check_required_fields(context: LintContext) -> Iterator[Diagnostic]:
    for name, form in context.file.forms.items():
        for index, version in enumerate(form.versions):
            for number, item in enumerate(version.fields):
                fact: Fact | None = context.entries("facts").get(item.code)
                if fact and item.need == "required" and fact.supplied_by in _BY:
                    at: Location = ("forms", name, "versions", index, "fields", number, "need")
                    message = f"“{item.label}”由{_BY[fact.supplied_by]}，不由人填写，却写成必填"
                    yield context.diagnostic(at, "CONTRADICTS", message, "改为 need: derived，或换一个事实")


def _check_facts(context: LintContext, at: Location, act: str, condition: Condition) -> Iterator[Diagnostic]:
    for place, comparison in walk_comparisons(condition):
        fact: Fact | None = context.entries("facts").get(comparison.fact)
        if fact is None or fact.derived_from or fact.supplied_by in _BY or _is_stated(context, act, comparison.fact):
            continue
        message = f"办理“{act}”时没有人提供“{fact.label}”：这项检查永远无法判定"
        remedy = f"在表单 {act} 中加上这一项；由平台或经办人员提供的，在 facts 中写 supplied_by"
        yield context.diagnostic((*at, *place), "NOBODY_SUPPLIES", message, remedy)


def _is_stated(context: LintContext, act: str, path: str) -> bool:
    """Whether somebody who does the act fills it in, or filled it in when the project was entered."""
    if path.rpartition(".")[0] in {readers.FACTS_OF.get(act), *readers.KNOWN_TO.get(act, ())}:
        return True
    versions = context.entries("forms")[act].versions if act in context.entries("forms") else ()
    return any(item.code == path and item.need != "derived" for version in versions for item in version.fields)
