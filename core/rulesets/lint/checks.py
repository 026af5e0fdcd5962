"""What no single line of a ruleset can show: names that must exist, days in order, bounds of the superior rule.

Every finding names the place in the file. ``below`` are the layers under the file, nearest first.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from core.decisions import Kind
from core.rulesets.language import values
from core.rulesets.language.diagnostics import Diagnostic
from core.rulesets.language.format import Cited, DirectoryEntry, RulesetFile, Term, ValueEntry
from core.rulesets.language.strict_yaml import Document, Location
from core.rulesets.lint import amounts, dropped, forms, formulas, names, places, superior, suppliers, tables, trials
from core.rulesets.lint.context import LintContext

_VERSIONED = ("formulas", "tables", "materials", "forms", "procedures", "notices")
_NAMED_ONCE = {"formulas": "公式", "tables": "判定表", "terms": "参数", "facts": "事实"}


def find_problems(document: Document, file: RulesetFile, below: Sequence[RulesetFile]) -> list[Diagnostic]:
    """Everything wrong with the file as part of its context."""
    context = LintContext(document, file, below)
    found = [
        *_check_declarations(context),
        *names.check_names(context),
        *suppliers.check_suppliers(context),
        *places.check_header(context),
        *places.check_texts(context),
        *places.check_sources(context, _list_cited(file)),
        *places.check_chosen(context),
        *dropped.check_dropped(context),
        *_check_citations(context),
        *_check_values(context),
        *formulas.check_formulas(context),
        *superior.check_formula_bounds(context),
        *amounts.compare_versions(context),
        *tables.check_tables(context),
        *_check_checks(context),
        *forms.check_materials(context),
        *forms.check_forms(context),
        *_check_procedures(context),
        *_check_notices(context),
        *_check_directory(context),
        *_check_authorities(context),
        *_check_interpretations(context),
    ]
    # Only what names and kinds let be asked at all is tried.
    if any(not each.warns for each in found):
        return found
    tried = (trials.try_checks, forms.try_conditions, superior.try_overrides, superior.try_formulas)
    return [*found, *(each for try_all in tried for each in try_all(context))]


def _check_declarations(context: LintContext) -> Iterator[Diagnostic]:
    """A name means one thing: a city adds to the vocabulary and the sources below it, and changes none of them."""
    for section, what in (("terms", "参数"), ("facts", "事实"), ("sources", "来源")):
        for layer in context.below:
            for name in getattr(context.file, section).keys() & getattr(layer, section).keys():
                message = f"{what}“{name}”已由《{layer.ruleset.name}》声明"
                yield context.diagnostic(
                    (section, name), "DECLARED_TWICE", message, "删去这一项，直接使用，或换一个名称", key=True
                )
    for section in _NAMED_ONCE:
        for other, what in _NAMED_ONCE.items():
            for name in (
                getattr(context.file, section).keys() & context.entries(other).keys() if other != section else ()
            ):
                message = f"“{name}”同时是{what}的名称"
                yield context.diagnostic((section, name), "AMBIGUOUS", message, "换一个名称", key=True)
    for path, fact in context.file.facts.items():
        for place, part in enumerate(fact.derived_from):
            yield from context.check_name(("facts", path, "derived_from", place), "facts", part, "事实")
    for path, term in context.file.terms.items():
        yield from superior.check_declared_bounds(context, path, term)


def _check_citations(context: LintContext) -> Iterator[Diagnostic]:
    for at, entry in _list_cited(context.file):
        yield from context.check_name((*at, "source"), "sources", entry.source, "来源")
        if entry.interpretation:
            yield from context.check_name(
                (*at, "interpretation"), "interpretations", entry.interpretation, "待确认问题"
            )
        source = context.entries("sources").get(entry.source)
        if source and source.in_force and entry.since < source.in_force:
            message = f"适用日 {entry.since} 早于《{source.title}》的施行日 {source.in_force}"
            yield context.diagnostic(
                (*at, "from"), "BEFORE_SOURCE", message, f"不早于 {source.in_force}，或改引其他来源"
            )
    for code, source in context.file.sources.items():
        if source.interpretation:
            at: Location = ("sources", code, "interpretation")
            yield from context.check_name(at, "interpretations", source.interpretation, "待确认问题")
    for path, term in context.file.terms.items():
        if term.bounds:
            yield from context.check_name(("terms", path, "bounds", "source"), "sources", term.bounds.source, "来源")
    for section in _VERSIONED:
        for name, rule in getattr(context.file, section).items():
            yield from context.check_dates((section, name, "versions"), rule.versions)
    yield from context.check_dates(("authorities",), context.file.authorities)


def _check_values(context: LintContext) -> Iterator[Diagnostic]:
    level = context.file.ruleset.level
    for path, entries in context.file.values.items():
        at: Location = ("values", path)
        yield from context.check_name(at, "terms", path, "参数", key=True)
        yield from context.check_dates(at, entries)
        term: Term | None = context.entries("terms").get(path)
        if term is None:
            continue
        if level != "national" and path not in context.file.terms and level not in term.may_set:
            message = f"“{term.label}”不由本级设定"
            yield context.diagnostic(at, "NOT_DELEGATED", message, "删去这一项，沿用上级规定", key=True)
        for index, entry in enumerate(entries):
            if entry.value is not None:
                yield from _check_value((*at, index, "value"), context, entry.value, term)
            else:
                yield from superior.check_null((*at, index, "value"), context, path, entry)
            yield from _check_readings(context, entry, term)
        yield from amounts.compare_figures(context, path, entries, term)
        yield from amounts.compare_lists(context, path, entries)


def _check_value(at: Location, context: LintContext, raw: Any, term: Term) -> Iterator[Diagnostic]:
    if wrong := list(context.check_literal(at, raw, term.kind, term.options)):
        yield from wrong
        return
    typed = values.from_yaml(raw, term.kind)
    yield from superior.check_bounds(context, at, typed, term)
    yield from amounts.check_figure(context, at, typed, term)


def _check_readings(context: LintContext, entry: ValueEntry, term: Term) -> Iterator[Diagnostic]:
    """What another reading gives must be of the term's kind; told where the reading stands, if it is in this file."""
    question = context.file.interpretations.get(entry.interpretation or "")
    for name, reading in question.readings.items() if question else ():
        if reading.value is not None:
            at: Location = ("interpretations", entry.interpretation or "", "readings", name, "value")
            yield from context.check_literal(at, reading.value, term.kind, term.options)


def _check_checks(context: LintContext) -> Iterator[Diagnostic]:
    for act, checks in context.file.checks.items():
        for index, check in enumerate(checks):
            at: Location = ("checks", act, index)
            yield from context.check_condition((*at, "when"), check.when)
            yield from context.check_condition((*at, "must"), check.must)
            yield from context.check_message((*at, "message"), check.message)
            if check.message_en:
                yield from context.check_message((*at, "message_en"), check.message_en)
            if any(earlier.id == check.id and check.since <= earlier.since for earlier in checks[:index]):
                message = f"检查项“{check.id}”重复"
                yield context.diagnostic((*at, "id"), "DUPLICATE_ID", message, "换一个 id，或写更晚的 from")
            base = [found for layer in context.below for found in layer.checks.get(act, []) if found.id == check.id]
            if base and not base[-1].overridable:
                message = f"上级的检查项“{check.id}”不可改"
                remedy = f"依据{context.cite(base[-1])}，删去，或换一个 id 另加检查"
                yield context.diagnostic((*at, "id"), "NOT_OVERRIDABLE", message, remedy)


def _check_procedures(context: LintContext) -> Iterator[Diagnostic]:
    for name, procedure in context.file.procedures.items():
        for index, version in enumerate(procedure.versions):
            at: Location = ("procedures", name, "versions", index)
            if version.form:
                yield from context.check_name((*at, "form"), "forms", version.form, "表单")
            lists = [(use.list, use.when) for use in version.materials]
            for number, use in enumerate(version.materials):
                if lists[number] in lists[:number]:
                    place: Location = (*at, "materials", number, "list")
                    yield context.diagnostic(place, "DUPLICATE_ID", f"材料清单“{use.list}”重复", "删去其中一个")
                yield from context.check_name((*at, "materials", number, "list"), "materials", use.list, "材料清单")
                yield from context.check_condition((*at, "materials", number, "when"), use.when)
            if version.review_within:
                yield from _check_span(context, (*at, "review_within"), version.review_within)
            for event in ("submitted", "approved", "rejected"):
                if notice := getattr(version.notices, event):
                    yield from context.check_name((*at, "notices", event), "notices", notice, "通知")


def _check_span(context: LintContext, at: Location, path: str) -> Iterator[Diagnostic]:
    yield from context.check_name(at, "terms", path, "参数")
    term = context.entries("terms").get(path)
    if term and term.kind is not Kind.SPAN:
        message = f"“{term.label}”是{values.NAMES[term.kind]}，不是期限"
        yield context.diagnostic(at, "KINDS_DIFFER", message, "换用 kind 为 span 的参数")


def _check_notices(context: LintContext) -> Iterator[Diagnostic]:
    for name, notice in context.file.notices.items():
        for index, version in enumerate(notice.versions):
            at: Location = ("notices", name, "versions", index)
            yield from context.check_message((*at, "subject"), version.subject)
            yield from context.check_message((*at, "body"), version.body)
            if not version.channels:
                message = f"通知“{notice.label}”没有写 channels，谁也收不到"
                yield context.warning(
                    (*at, "channels"), "NOBODY_TOLD", message, "写明 sms 或 email；确实不发的，删去这个通知"
                )


def _check_directory(context: LintContext) -> Iterator[Diagnostic]:
    latest: dict[str, DirectoryEntry] = {}
    for index, entry in enumerate(context.file.directory):
        earlier = latest.get(entry.code)
        if earlier and entry.since <= earlier.since:
            message = f"联系方式“{entry.code}”重复"
            yield context.diagnostic(
                ("directory", index, "code"), "DUPLICATE_ID", message, "换一个 code，或写更晚的 from"
            )
        latest[entry.code] = entry


def _check_authorities(context: LintContext) -> Iterator[Diagnostic]:
    """The first row of an industry in an area is the one that counts."""
    for index, version in enumerate(context.file.authorities):
        placed = [(row.industry, row.area) for row in version.rows]
        for number, place in enumerate(placed):
            if place in placed[:number]:
                at: Location = ("authorities", index, "rows", number)
                message = f"{place[1]} 的 {place[0]} 已写过主管单位，这一行用不上"
                yield context.diagnostic(at, "DUPLICATE_ID", message, "删去其中一行，或改正地区、行业")


def _check_interpretations(context: LintContext) -> Iterator[Diagnostic]:
    for code, question in context.file.interpretations.items():
        at: Location = ("interpretations", code)
        if question.chosen not in question.readings:
            remedy = f"改为下列之一：{'、'.join(question.readings)}"
            yield context.diagnostic((*at, "chosen"), "NOT_AN_OPTION", f"没有名为“{question.chosen}”的理解", remedy)
        for name, reading in question.readings.items():
            if reading.calculate is not None:
                yield from formulas.check_calculation(context, (*at, "readings", name, "calculate"), reading.calculate)
            if reading.table is not None:
                yield from context.check_name((*at, "readings", name, "table"), "tables", reading.table, "判定表")


def _list_cited(file: RulesetFile) -> Iterator[tuple[Location, Cited]]:
    for path, entries in file.values.items():
        yield from ((("values", path, index), entry) for index, entry in enumerate(entries))
    for act, checks in file.checks.items():
        yield from ((("checks", act, index), check) for index, check in enumerate(checks))
    for section in _VERSIONED:
        for name, rule in getattr(file, section).items():
            yield from (((section, name, "versions", index), version) for index, version in enumerate(rule.versions))
    yield from ((("authorities", index), version) for index, version in enumerate(file.authorities))
    yield from ((("directory", index), entry) for index, entry in enumerate(file.directory))
