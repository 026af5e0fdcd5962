"""Places and texts: a region that is not there, another region's areas, what was meant to be changed and was not."""

import re
from collections.abc import Iterator

from core import regions
from core.rulesets.language.diagnostics import Diagnostic
from core.rulesets.language.format import Cited, RulesetFile
from core.rulesets.language.strict_yaml import Location
from core.rulesets.lint.context import LintContext

_TO_CHANGE = re.compile(r"[（(]\s*请改")


def check_header(context: LintContext) -> Iterator[Diagnostic]:
    header = context.file.ruleset
    if not context.below:
        return
    if header.level == "national" or header.region == "CN":
        at: Location = ("ruleset", "level" if header.level == "national" else "region")
        message = "只有全国基准（national）是 national 级、区划为 CN"
        yield context.diagnostic(at, "WRONG_LEVEL", message, "省写 province，市写 city，并写本地的六位区划代码")
        return
    if not regions.can_be(header.region):
        message = f"没有以 {header.region[:2]} 开头的区划代码"
        yield context.diagnostic(("ruleset", "region"), "NO_SUCH_REGION", message, "写 GB/T 2260 的六位代码，如 510100")
    elif (header.level == "province") is not header.region.endswith("0000"):
        message = f"区划代码 {header.region} 与级别 {header.level} 不合"
        yield context.diagnostic(("ruleset", "level"), "WRONG_LEVEL", message, "省的代码以 0000 结尾，市的不是")
    else:
        yield from _check_areas(context)


def _check_areas(context: LintContext) -> Iterator[Diagnostic]:
    header = context.file.ruleset
    inside = header.region[: 2 if header.level == "province" else 4]
    for index, version in enumerate(context.file.authorities):
        for number, row in enumerate(version.rows):
            if not row.area.startswith(inside):
                message = f"{row.area} 不在{header.name}（{header.region}）之内"
                at: Location = ("authorities", index, "rows", number, "area")
                yield context.diagnostic(at, "OTHER_REGION", message, f"写以 {inside} 开头的区划代码")


def check_texts(context: LintContext) -> Iterator[Diagnostic]:
    """What a template asked the clerk to change."""
    for at in context.document.marks:
        text = context.document.value(at)
        if isinstance(text, str) and _TO_CHANGE.search(text):
            yield context.warning(at, "TO_BE_CHANGED", f"还留着“请改”：{text:.40}", "改为本地的内容，并删去“（请改）”")


def check_sources(context: LintContext, cited: Iterator[tuple[Location, Cited]]) -> Iterator[Diagnostic]:
    used = {entry.source for _, entry in cited} | _list_bounding(context.file)
    for code, source in context.file.sources.items():
        if code not in used and context.below:
            message = f"来源《{source.title}》从未引用"
            yield context.warning(("sources", code), "NEVER_CITED", message, "引用它，或删去", key=True)


def _list_bounding(file: RulesetFile) -> set[str]:
    terms = {term.bounds.source for term in file.terms.values() if term.bounds}
    return terms | {bounds.source for rule in file.formulas.values() for bounds in rule.bounds}


def check_chosen(context: LintContext) -> Iterator[Diagnostic]:
    """The reading that is chosen is the one that is written: whoever changes his mind changes both."""
    for path, entries in context.file.values.items():
        for index, entry in enumerate(entries):
            yield from _compare_reading(context, ("values", path, index), entry, entry.value, "value")
    for path, rule in context.file.formulas.items():
        for index, version in enumerate(rule.versions):
            at: Location = ("formulas", path, "versions", index)
            yield from _compare_reading(context, at, version, version.calculate, "calculate")


def _compare_reading(
    context: LintContext, at: Location, entry: Cited, written: object, field: str
) -> Iterator[Diagnostic]:
    question = context.entries("interpretations").get(entry.interpretation or "")
    if question is None or question.chosen not in question.readings:
        return
    chosen = getattr(question.readings[question.chosen], field)
    others = {name: getattr(reading, field) for name, reading in question.readings.items() if name != question.chosen}
    same = next((name for name, other in others.items() if other is not None and other == written), None)
    if (chosen is not None and chosen != written) or (chosen is None and same):
        what = f"所写的是理解“{same}”" if same else "所写的与它不同"
        message = f"{entry.interpretation} 选的是“{question.chosen}”，{what}"
        yield context.diagnostic((*at, field), "CHOSEN_DIFFERS", message, "chosen 与这里的写法一起改")
