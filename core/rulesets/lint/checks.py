"""What no single line of a ruleset can show: names that must exist, days in order, bounds of the superior rule.

Every finding names the place in the file. ``below`` are the layers under the file, nearest first.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.decisions import Kind
from core.rulesets.language import values
from core.rulesets.language.diagnostics import Diagnostic
from core.rulesets.language.format import Cited, DirectoryEntry, Fact, FormField, RulesetFile, Term, ValueEntry
from core.rulesets.language.strict_yaml import Document, Location
from core.rulesets.lint import formulas, tables
from core.rulesets.lint.context import Whole

_VERSIONED = ("formulas", "tables", "materials", "forms", "procedures", "notices")
_NAMED_ONCE = {"formulas": "公式", "tables": "判定表", "terms": "参数", "facts": "事实"}
_FORM_KINDS: Mapping[str, set[Kind]] = {
    "text": {Kind.TEXT, Kind.TEXTS},
    "money": {Kind.MONEY},
    "rate": {Kind.RATE},
    "integer": {Kind.INTEGER},
    "date": {Kind.DATE},
    "choice": {Kind.CODE, Kind.CODES, Kind.TEXT, Kind.TEXTS},
    "region": {Kind.CODE, Kind.TEXT},
    "uscc": {Kind.TEXT},
    "phone": {Kind.TEXT},
    "boolean": {Kind.BOOLEAN},
}


def problems(document: Document, file: RulesetFile, below: Sequence[RulesetFile]) -> list[Diagnostic]:
    """Everything wrong with the file as part of its whole."""
    whole = Whole(document, file, below)
    return [
        *_declarations(whole),
        *_citations(whole),
        *_values(whole),
        *formulas.problems(whole),
        *tables.problems(whole),
        *_checks(whole),
        *_materials(whole),
        *_forms(whole),
        *_procedures(whole),
        *_notices(whole),
        *_directory(whole),
        *_interpretations(whole),
    ]


def _declarations(whole: Whole) -> Iterator[Diagnostic]:
    """A name means one thing: a city adds to the vocabulary and the sources below it, and changes none of them."""
    for section, what in (("terms", "参数"), ("facts", "事实"), ("sources", "来源")):
        for layer in whole.below:
            for name in getattr(whole.file, section).keys() & getattr(layer, section).keys():
                message = f"{what}“{name}”已由《{layer.ruleset.name}》声明"
                yield whole.problem(
                    (section, name), "DECLARED_TWICE", message, "删去这一项，直接使用，或换一个名称", key=True
                )
    for section in _NAMED_ONCE:
        for other, what in _NAMED_ONCE.items():
            for name in getattr(whole.file, section).keys() & whole.known(other).keys() if other != section else ():
                message = f"“{name}”同时是{what}的名称"
                yield whole.problem((section, name), "AMBIGUOUS", message, "换一个名称", key=True)
    for path, term in whole.file.terms.items():
        if term.bounds and (term.kind not in values.NUMERIC or term.bounds.min is term.bounds.max is None):
            message = f"“{term.label}”的 bounds 起不了作用"
            yield whole.problem(
                ("terms", path, "bounds"), "BAD_BOUNDS", message, "只用于金额、比例、整数，并写明 min 或 max"
            )


def _citations(whole: Whole) -> Iterator[Diagnostic]:
    for at, entry in _all_cited(whole.file):
        yield from whole.name((*at, "source"), "sources", entry.source, "来源")
        if entry.interpretation:
            yield from whole.name((*at, "interpretation"), "interpretations", entry.interpretation, "待确认问题")
        source = whole.known("sources").get(entry.source)
        if source and source.in_force and entry.since < source.in_force:
            message = f"适用日 {entry.since} 早于《{source.title}》的施行日 {source.in_force}"
            yield whole.problem((*at, "from"), "BEFORE_SOURCE", message, f"不早于 {source.in_force}，或改引其他来源")
    for path, term in whole.file.terms.items():
        if term.bounds:
            yield from whole.name(("terms", path, "bounds", "source"), "sources", term.bounds.source, "来源")
    for section in _VERSIONED:
        for name, rule in getattr(whole.file, section).items():
            yield from whole.dated((section, name, "versions"), rule.versions)
    yield from whole.dated(("authorities",), whole.file.authorities)


def _values(whole: Whole) -> Iterator[Diagnostic]:
    level = whole.file.ruleset.level
    for path, entries in whole.file.values.items():
        at: Location = ("values", path)
        yield from whole.name(at, "terms", path, "参数", key=True)
        yield from whole.dated(at, entries)
        term: Term | None = whole.known("terms").get(path)
        if term is None:
            continue
        if level != "national" and path not in whole.file.terms and level not in term.may_set:
            message = f"“{term.label}”不由本级设定"
            yield whole.problem(at, "NOT_DELEGATED", message, "删去这一项，沿用上级规定", key=True)
        for index, entry in enumerate(entries):
            if entry.value is not None:
                yield from _value((*at, index, "value"), whole, entry.value, term)
            yield from _other_readings(whole, entry, term)


def _value(at: Location, whole: Whole, raw: Any, term: Term) -> Iterator[Diagnostic]:
    if wrong := list(whole.literal(at, raw, term.kind, term.options)):
        yield from wrong
        return
    typed, bounds = values.from_yaml(raw, term.kind), term.bounds
    if not bounds or not isinstance(typed, Decimal | int):
        return
    low, high = bounds.min, bounds.max
    if (low is not None and typed < low) or (high is not None and typed > high):
        source = whole.known("sources").get(bounds.source)
        title = f"《{source.title}》{bounds.locator}" if source else bounds.locator
        limits = [
            f"{word} {values.shown(end, term.kind)}"
            for word, end in (("不低于", low), ("不高于", high))
            if end is not None
        ]
        message = f"{values.shown(typed, term.kind)} 超出上位规定的范围（{'，'.join(limits)}）"
        yield whole.problem(at, "OUT_OF_BOUNDS", message, f"依据{title}，改到范围之内")


def _other_readings(whole: Whole, entry: ValueEntry, term: Term) -> Iterator[Diagnostic]:
    """What another reading gives must be of the term's kind; told where the reading stands, if it is in this file."""
    question = whole.file.interpretations.get(entry.interpretation or "")
    for name, reading in question.readings.items() if question else ():
        if reading.value is not None:
            at: Location = ("interpretations", entry.interpretation or "", "readings", name, "value")
            yield from whole.literal(at, reading.value, term.kind, term.options)


def _checks(whole: Whole) -> Iterator[Diagnostic]:
    for act, checks in whole.file.checks.items():
        for index, check in enumerate(checks):
            at: Location = ("checks", act, index)
            yield from whole.condition((*at, "when"), check.when)
            yield from whole.condition((*at, "must"), check.must)
            yield from whole.message((*at, "message"), check.message)
            if check.message_en:
                yield from whole.message((*at, "message_en"), check.message_en)
            if any(earlier.id == check.id and check.since <= earlier.since for earlier in checks[:index]):
                message = f"检查项“{check.id}”重复"
                yield whole.problem((*at, "id"), "DUPLICATE_ID", message, "换一个 id，或写更晚的 from")
            base = [found for layer in whole.below for found in layer.checks.get(act, []) if found.id == check.id]
            if base and not base[-1].overridable:
                source = whole.known("sources").get(base[-1].source)
                cited = f"《{source.title}》{base[-1].locator}" if source else base[-1].locator
                message = f"上级的检查项“{check.id}”不可改"
                yield whole.problem((*at, "id"), "NOT_OVERRIDABLE", message, f"依据{cited}，删去，或换一个 id 另加检查")


def _materials(whole: Whole) -> Iterator[Diagnostic]:
    for name, materials in whole.file.materials.items():
        for index, version in enumerate(materials.versions):
            at: Location = ("materials", name, "versions", index, "rows")
            yield from _once(whole, at, [row.code for row in version.rows], "材料")
            for number, row in enumerate(version.rows):
                yield from whole.condition((*at, number, "when"), row.when)


def _forms(whole: Whole) -> Iterator[Diagnostic]:
    for name, form in whole.file.forms.items():
        for index, version in enumerate(form.versions):
            at: Location = ("forms", name, "versions", index, "fields")
            yield from _once(whole, at, [item.code for item in version.fields], "填写项")
            for number, item in enumerate(version.fields):
                yield from _field(whole, (*at, number), item)


def _field(whole: Whole, at: Location, item: FormField) -> Iterator[Diagnostic]:
    yield from whole.condition((*at, "when"), item.when)
    yield from whole.name((*at, "code"), "facts", item.code, "事实")
    if item.kind == "choice" and not item.options:
        yield whole.problem(
            at,
            "NO_OPTIONS",
            f"选择项“{item.label}”没有写选项",
            "写明 options，来源只列出部分的加 options_complete: false",
        )
    fact: Fact | None = whole.known("facts").get(item.code)
    if fact is None:
        return
    if fact.kind not in _FORM_KINDS[item.kind]:
        message = f"填写项是 {item.kind}，事实“{fact.label}”是{values.NAMES[fact.kind]}"
        yield whole.problem((*at, "kind"), "KINDS_DIFFER", message, "改成同一类")
    known: Mapping[str, str] = fact.options or item.options or {}
    for code in item.options or ():
        if code not in known:
            remedy = f"改为下列之一：{'、'.join(known)}"
            yield whole.problem((*at, "options", code), "NOT_AN_OPTION", f"事实“{fact.label}”没有选项“{code}”", remedy)


def _once(whole: Whole, at: Location, codes: Sequence[str], what: str) -> Iterator[Diagnostic]:
    for number, code in enumerate(codes):
        if code in codes[:number]:
            yield whole.problem((*at, number, "code"), "DUPLICATE_ID", f"{what}“{code}”重复", "删去其中一个")


def _procedures(whole: Whole) -> Iterator[Diagnostic]:
    for name, procedure in whole.file.procedures.items():
        for index, version in enumerate(procedure.versions):
            at: Location = ("procedures", name, "versions", index)
            if version.form:
                yield from whole.name((*at, "form"), "forms", version.form, "表单")
            for number, use in enumerate(version.materials):
                yield from whole.name((*at, "materials", number, "list"), "materials", use.list, "材料清单")
                yield from whole.condition((*at, "materials", number, "when"), use.when)
            if version.review_within:
                yield from _span(whole, (*at, "review_within"), version.review_within)
            for event in ("submitted", "approved", "rejected"):
                if notice := getattr(version.notices, event):
                    yield from whole.name((*at, "notices", event), "notices", notice, "通知")


def _span(whole: Whole, at: Location, path: str) -> Iterator[Diagnostic]:
    yield from whole.name(at, "terms", path, "参数")
    term = whole.known("terms").get(path)
    if term and term.kind is not Kind.SPAN:
        message = f"“{term.label}”是{values.NAMES[term.kind]}，不是期限"
        yield whole.problem(at, "KINDS_DIFFER", message, "换用 kind 为 span 的参数")


def _notices(whole: Whole) -> Iterator[Diagnostic]:
    for name, notice in whole.file.notices.items():
        for index, version in enumerate(notice.versions):
            at: Location = ("notices", name, "versions", index)
            yield from whole.message((*at, "subject"), version.subject)
            yield from whole.message((*at, "body"), version.body)


def _directory(whole: Whole) -> Iterator[Diagnostic]:
    latest: dict[str, DirectoryEntry] = {}
    for index, entry in enumerate(whole.file.directory):
        earlier = latest.get(entry.code)
        if earlier and entry.since <= earlier.since:
            message = f"联系方式“{entry.code}”重复"
            yield whole.problem(("directory", index, "code"), "DUPLICATE_ID", message, "换一个 code，或写更晚的 from")
        latest[entry.code] = entry


def _interpretations(whole: Whole) -> Iterator[Diagnostic]:
    for code, question in whole.file.interpretations.items():
        at: Location = ("interpretations", code)
        if question.chosen not in question.readings:
            remedy = f"改为下列之一：{'、'.join(question.readings)}"
            yield whole.problem((*at, "chosen"), "NOT_AN_OPTION", f"没有名为“{question.chosen}”的理解", remedy)
        for name, reading in question.readings.items():
            if reading.calculate is not None:
                yield from formulas.calculation(whole, (*at, "readings", name, "calculate"), reading.calculate)


def _all_cited(file: RulesetFile) -> Iterator[tuple[Location, Cited]]:
    for path, entries in file.values.items():
        yield from ((("values", path, index), entry) for index, entry in enumerate(entries))
    for act, checks in file.checks.items():
        yield from ((("checks", act, index), check) for index, check in enumerate(checks))
    for section in _VERSIONED:
        for name, rule in getattr(file, section).items():
            yield from (((section, name, "versions", index), version) for index, version in enumerate(rule.versions))
    yield from ((("authorities", index), version) for index, version in enumerate(file.authorities))
    yield from ((("directory", index), entry) for index, entry in enumerate(file.directory))
