"""Runs the worked examples beside a ruleset: facts and a day in, the jurist's answers compared with ours."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from core.decisions import Certainty, Decision, Value
from core.rulesets import facts
from core.rulesets.language import values
from core.rulesets.language.conditions import Facts
from core.rulesets.language.diagnostics import Diagnostic, RulesetInvalid
from core.rulesets.language.format import WorkedExample, WorkedExamples
from core.rulesets.language.strict_yaml import Document, Location, parse
from core.rulesets.loading import validate
from core.rulesets.ruleset import Ruleset, UnknownPath


def read(content: bytes, shown_as: str, ruleset: Ruleset) -> list[WorkedExample]:
    """The cases of a ``tests.yaml``; raises RulesetInvalid when it is out of shape or names what does not exist."""
    document = parse(content, shown_as)
    suite = validate(document, WorkedExamples)
    found = [
        problem for index, case in enumerate(suite.cases) for problem in _check_case(document, index, case, ruleset)
    ]
    names = [case.name for case in suite.cases]
    for index, name in enumerate(names):
        if name in names[:index]:
            at: Location = ("cases", index, "name")
            found.append(document.diagnostic(at, "DUPLICATE_ID", f"算例“{name}”重复", "换一个名称"))
    if suite.suite != ruleset.city:
        remedy = f"改为 suite: {ruleset.city}"
        found.append(document.diagnostic(("suite",), "WRONG_FOLDER", "算例与规则不是同一城市", remedy))
    if found := found or list(_find_empty(document, suite.cases)):
        raise RulesetInvalid(found)
    return suite.cases


def find_differences(case: WorkedExample, ruleset: Ruleset) -> list[str]:
    """Where our answers differ from the expected ones, one sentence each; empty when the example holds.

    Hooks are asked once more, begun anew under another clock: the answer hangs on the case alone.
    """
    known = facts_of(case, ruleset)
    if found := list(_compare(case, ruleset, known)):
        return found
    hooks = ruleset.hooks.under_another_clock()
    if hooks is ruleset.hooks:
        return []
    said = "；hooks.py 换一个日期再问，结果不同：它读取了当前时间，或记着上一次的情形，改用参数 on"
    return [f"{found}{said}" for found in _compare(case, replace(ruleset, hooks=hooks), known)]


def facts_of(case: WorkedExample, ruleset: Ruleset) -> dict[str, Value | None]:
    """The stated facts, typed."""
    return facts.read(case.facts, ruleset, values.from_yaml)


def _check_case(document: Document, index: int, case: WorkedExample, ruleset: Ruleset) -> Iterator[Diagnostic]:
    at: Location = ("cases", index)
    try:
        facts_of(case, ruleset)
    except facts.FactsInvalid as invalid:
        for wrong in invalid.problems:
            yield document.diagnostic((*at, "facts", wrong.path), wrong.code, wrong.cause, wrong.remedy, key=True)
    asked = [("expect", case.expect), ("certainty", case.certainty), ("alternatives", case.alternatives)]
    for section, paths in asked:
        yield from _check_paths(document, (*at, section), paths, ruleset)
    for number, path in enumerate(case.not_configured):
        yield from _check_paths(document, (*at, "not_configured", number), [path], ruleset)
    expected = {("expect", path): raw for path, raw in case.expect.items()}
    for path, readings in case.alternatives.items():
        expected |= {("alternatives", path, reading): raw for reading, raw in readings.items()}
    for place, raw in expected.items():
        try:
            _canonical_text(raw, ruleset, place[1])
        except values.WrongKind as wrong:
            yield document.diagnostic((*at, *place), "WRONG_KIND", str(wrong), "按该规则的类型书写")
        except UnknownPath:
            pass  # already told
    for path, certainty in case.certainty.items():
        if certainty not in list(Certainty):
            remedy = f"改为下列之一：{'、'.join(Certainty)}"
            yield document.diagnostic(
                (*at, "certainty", path), "NOT_AN_OPTION", f"没有“{certainty}”这种确定程度", remedy
            )
    yield from _check_forms(document, at, case, ruleset)
    acts = {*ruleset.paths("checks"), *ruleset.paths("procedures")}
    for section, stated in (("refuses", case.refuses), ("warns", case.warns), ("requires", case.requires)):
        for act in stated.keys() - acts:
            yield document.diagnostic(
                (*at, section, act), "UNKNOWN_NAME", f"没有名为“{act}”的办理事项", "检查拼写", key=True
            )


def _check_forms(document: Document, at: Location, case: WorkedExample, ruleset: Ruleset) -> Iterator[Diagnostic]:
    for form in case.fills.keys() - set(ruleset.paths("forms")):
        yield document.diagnostic((*at, "fills", form), "UNKNOWN_NAME", f"没有名为“{form}”的表单", "检查拼写", key=True)


def _find_empty(document: Document, cases: Iterable[WorkedExample]) -> Iterator[Diagnostic]:
    """Examples that expect nothing hold whatever the rules say."""
    for index, case in enumerate(cases):
        answers = (case.expect, case.not_configured, case.certainty, case.alternatives)
        if not any((*answers, case.refuses, case.warns, case.requires, case.fills)):
            message, remedy = (
                f"算例“{case.name}”什么也没有验证",
                "写明 expect、refuses、warns、requires、fills 等应得的结果",
            )
            yield document.diagnostic(("cases", index), "EXPECTS_NOTHING", message, remedy)


def _check_paths(document: Document, at: Location, paths: Iterable[str], ruleset: Ruleset) -> Iterator[Diagnostic]:
    for path in paths:
        try:
            ruleset.label_and_kind(path)
        except UnknownPath:
            message = f"没有名为“{path}”的公式、判定表或参数"
            yield document.diagnostic((*at, path), "UNKNOWN_NAME", message, "检查拼写", key=True)


def _compare(case: WorkedExample, ruleset: Ruleset, known: Facts) -> Iterator[str]:
    for path, expected in case.expect.items():
        decision = ruleset.decide(path, known, case.on)
        wanted = _canonical_text(expected, ruleset, path)
        if decision.value != wanted:
            yield f"{path}：应为 {wanted}，得到 {decision.value}（{decision.sentence}{_say_hooks(decision)}）"
    for path in case.not_configured:
        if (decision := ruleset.decide(path, known, case.on)).certainty is not Certainty.NOT_CONFIGURED:
            yield f"{path}：应为未配置，得到 {decision.value}"
    for path, expected in case.certainty.items():
        if (decision := ruleset.decide(path, known, case.on)).certainty != expected:
            yield f"{path}：确定程度应为 {expected}，得到 {decision.certainty}"
    for path, readings in case.alternatives.items():
        found = {other.reading: other.value for other in ruleset.decide(path, known, case.on).alternatives}
        wanted_readings = {name: _canonical_text(raw, ruleset, path) for name, raw in readings.items()}
        if found != wanted_readings:
            yield f"{path}：其他理解应为 {wanted_readings}，得到 {found}"
    for act in dict.fromkeys([*case.refuses, *case.warns]):
        broken = ruleset.check(act, known, case.on)
        for wanted_codes, refuses in ((case.refuses.get(act), True), (case.warns.get(act), False)):
            codes = [violation.code for violation in broken if violation.refuses is refuses]
            if wanted_codes is not None and codes != wanted_codes:
                yield f"{act}：应{'拒绝' if refuses else '提示'} {wanted_codes}，得到 {codes}"
    for procedure, wanted_materials in case.requires.items():
        required = [item.code for item in ruleset.materials(procedure, known, case.on) if item.required]
        if required != wanted_materials:
            yield f"{procedure}：必交材料应为 {wanted_materials}，得到 {required}"
    for form, wanted_fields in case.fills.items():
        fields = [item.code for item, _ in ruleset.required_fields(form, known, case.on)]
        if fields != wanted_fields:
            yield f"{form}：必填项应为 {wanted_fields}，得到 {fields}"


def _say_hooks(decision: Decision) -> str:
    """What hooks answered, or why they could not: an officer is told no more than that they failed."""
    return "".join(reason.sentence for reason in decision.because if reason.path.startswith("hooks."))


def _canonical_text(raw: Any, ruleset: Ruleset, path: str) -> str | None:
    if raw is None:
        return None
    kind = ruleset.label_and_kind(path)[1]
    return values.canonical_text(values.from_yaml(raw, kind), kind)
