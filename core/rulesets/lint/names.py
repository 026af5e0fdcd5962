"""Names that nobody reads: what is written under them would change nothing."""

import difflib
from collections.abc import Iterable, Iterator

from core.rulesets import readers
from core.rulesets.language import formulas
from core.rulesets.language.conditions import ValueRef, walk_comparisons
from core.rulesets.language.diagnostics import Diagnostic
from core.rulesets.language.format import ProcedureVersion, RulesetFile
from core.rulesets.language.strict_yaml import Location
from core.rulesets.lint.context import LintContext
from core.rulesets.lookup import PLACEHOLDER

_EVENTS = ("submitted", "approved", "rejected")
_WAITS = "要等以后的业务来用的，写 read_by（可写的名称见 docs/rulesets.md）"


def check_names(context: LintContext) -> Iterator[Diagnostic]:
    yield from _check_areas(context)
    yield from _check_acts(context)
    yield from _check_sections(context)
    yield from _check_terms(context)
    yield from _check_values(context)
    yield from _check_reviews(context)
    yield from _check_product_lines(context)


def _check_areas(context: LintContext) -> Iterator[Diagnostic]:
    for section in ("terms", "procedures", "forms", "materials", "notices"):
        for name, entry in getattr(context.file, section).items():
            if entry.read_by and entry.read_by not in readers.AREAS:
                remedy = _suggest(entry.read_by, readers.AREAS)
                yield context.diagnostic(
                    (section, name, "read_by"), "NOT_AN_OPTION", f"没有名为“{entry.read_by}”的业务", remedy
                )


def _check_acts(context: LintContext) -> Iterator[Diagnostic]:
    """An act and a procedure are what code does, or say what they wait for; so with the field a check points at."""
    to_come = {*readers.ACTS_TO_COME, *(name for name, each in context.entries("procedures").items() if each.read_by)}
    fields = {path.rsplit(".", 1)[-1] for path in context.entries("facts")} | readers.FIELDS
    for name, procedure in context.file.procedures.items():
        if name not in readers.ACTS and not procedure.read_by:
            yield _tell_unread(context, ("procedures", name), name, "办理事项", readers.ACTS)
    for act, checks in context.file.checks.items():
        if act not in readers.ACTS and act not in to_come:
            yield _tell_unread(context, ("checks", act), act, "办理事项", {*readers.ACTS, *to_come})
        for index, check in enumerate(checks if act in readers.ACTS else ()):
            if check.at and check.at not in fields and check.at not in context.entries("facts"):
                remedy = _suggest(check.at, fields)
                at: Location = ("checks", act, index, "at")
                yield context.diagnostic(at, "NEVER_READ", f"“{check.at}”不是填写项", remedy)


def _check_sections(context: LintContext) -> Iterator[Diagnostic]:
    """A form, a list of materials or a notice that no procedure uses."""
    versions = [each for procedure in context.entries("procedures").values() for each in procedure.versions]
    used = {
        "forms": {*readers.FORMS, *(version.form for version in versions if version.form)},
        "materials": {use.list for version in versions for use in version.materials},
        "notices": {
            *readers.NOTICES,
            *(name for version in versions for _, name in version.notices if name),
        },
    }
    for section, what in (("forms", "表单"), ("materials", "材料清单"), ("notices", "通知")):
        for name, entry in getattr(context.file, section).items():
            # The base words the notices and forms that cities use.
            if name not in used[section] and context.below and not entry.read_by:
                yield _tell_unread(context, (section, name), name, what, used[section])


def _check_terms(context: LintContext) -> Iterator[Diagnostic]:
    read = {*readers.TERMS, *(term for layer in context.layers for term in list_read(layer))}
    for path, term in context.file.terms.items():
        if path not in read and not term.read_by and (context.below or not _is_read_by_cities(path)):
            yield _tell_unread(context, ("terms", path), path, "参数", readers.TERMS)


def _check_values(context: LintContext) -> Iterator[Diagnostic]:
    """A figure of a term that others read, and nobody here: a period whose procedure no longer names it."""
    read = {*readers.TERMS, *(term for layer in context.layers for term in list_read(layer))}
    read |= {period for name, (_, period) in readers.REVIEWS.items() if name not in context.entries("procedures")}
    for path, entries in context.file.values.items() if context.below else ():
        term = context.entries("terms").get(path)
        stated = any(entry.value is not None for entry in entries)
        if term and stated and path not in read and not term.read_by:
            message = f"本地没有哪一项用到“{term.label}”，写了也不起作用"
            remedy = "在用它的公式、检查或办理事项（review_within）中写明，或删去"
            yield context.warning(("values", path), "NEVER_READ", message, remedy, key=True)


def _check_reviews(context: LintContext) -> Iterator[Diagnostic]:
    """Who reviews, within which period, on which form, and who is told, where code knows what belongs together."""
    for name, procedure in context.file.procedures.items():
        for index, version in enumerate(procedure.versions):
            yield from _check_events(context, ("procedures", name, "versions", index), version)
            if version.form and version.form != name and name in readers.FORMS and name in context.entries("forms"):
                message = f"“{procedure.label}”用的是另一事项的表单 {version.form}"
                at: Location = ("procedures", name, "versions", index, "form")
                yield context.diagnostic(at, "OTHER_FORM", message, f"写 form: {name}")
        if name not in readers.REVIEWS:
            continue
        reviewer, period = readers.REVIEWS[name]
        for index, version in enumerate(procedure.versions):
            at = ("procedures", name, "versions", index)
            if version.reviewer != reviewer:
                message = f"“{procedure.label}”不由 {version.reviewer or 'null'} 审核：提交后谁也不能审，一直等下去"
                yield context.diagnostic((*at, "reviewer"), "WRONG_REVIEWER", message, f"写 reviewer: {reviewer}")
            if version.notices.approved and not version.notices.rejected:
                message = "通过有通知，驳回没有：申请人不知道要更正"
                yield context.warning(
                    (*at, "notices"), "OTHER_EVENT", message, "写明 rejected 的通知；确实不发的不用改"
                )
            if not (version.notices.approved or version.notices.rejected or procedure.read_by):
                message = f"“{procedure.label}”审核后没有通知：申请人不知道通过还是驳回"
                remedy = "写明 notices 的 approved 和 rejected；确实不发的不用改"
                yield context.warning(at, "NOBODY_TOLD", message, remedy)
            if not version.review_within and not (index and procedure.versions[index - 1].review_within):
                yield from _check_period(context, at, procedure.label, period)
            if version.review_within and version.review_within != period:
                message = f"“{procedure.label}”的期限写的是另一事项的 {version.review_within}"
                remedy = f"写 review_within: {period}；确是同一期限的不用改"
                yield context.warning((*at, "review_within"), "OTHER_PERIOD", message, remedy)


def _check_period(context: LintContext, at: Location, label: str, period: str) -> Iterator[Diagnostic]:
    """A period that is set and not named is nobody's: what a superior rule sets must be named."""
    for layer in context.layers:
        entry = next((each for each in reversed(layer.values.get(period, [])) if each.value is not None), None)
        if entry is None:
            continue
        term = context.entries("terms")[period].label
        message = f"“{label}”没有写期限，{context.cite(entry)}定的“{term}”不起作用"
        tell = context.warning if layer is context.file else context.diagnostic
        yield tell(at, "PERIOD_MISSING", message, f"写 review_within: {period}")
        return


def _check_events(context: LintContext, at: Location, version: ProcedureVersion) -> Iterator[Diagnostic]:
    """A notice that says by its name that it is another event's."""
    for event, notice in version.notices:
        other = next((each for each in _EVENTS if each != event and notice and notice.endswith(f"_{each}")), None)
        if other:
            message = f"{event} 时发的是 {notice}，按名称是 {other} 时的通知"
            yield context.warning((*at, "notices", event), "OTHER_EVENT", message, "核对有没有写串；没有的不用改")


def _is_read_by_cities(path: str) -> bool:
    """Terms of the base that only cities' formulas, tables and procedures ask for."""
    return path.startswith(("wage_deposit.", "deadlines.", "quota."))


def _check_product_lines(context: LintContext) -> Iterator[Diagnostic]:
    if context.below and not context.file.ruleset.product_lines:
        message, remedy = "没有开通任何业务", "写 product_lines: [wage_deposit]；确实不开通的不用改"
        yield context.warning(("ruleset",), "NOTHING_OFFERED", message, remedy)
    for line in context.file.ruleset.product_lines:
        missing = [
            f"{section}.{name}"
            for section, names in readers.MUST_STAND.get(line, {}).items()
            for name in names
            if name not in context.entries(section)
        ]
        if missing:
            message = f"开通了 {line}，却没有 {'、'.join(missing)}：办理时什么也不会要求"
            remedy = "照其他城市的文件补上，或在 product_lines 中去掉这项业务"
            yield context.diagnostic(("ruleset", "product_lines"), "SECTION_MISSING", message, remedy)
    for name, procedure in context.file.procedures.items():
        for index, version in enumerate(procedure.versions):
            if name in readers.FORMS and version.form is None and name in context.entries("forms"):
                at: Location = ("procedures", name, "versions", index)
                message = f"办理事项“{procedure.label}”没有写 form，表单 {name} 用不上"
                yield context.diagnostic(at, "SECTION_MISSING", message, f"补上 form: {name}")


def list_read(layer: RulesetFile) -> Iterator[str]:
    """Every term that another rule of the layer asks for."""
    conditions = [each for checks in layer.checks.values() for check in checks for each in (check.when, check.must)]
    messages = [text for checks in layer.checks.values() for check in checks for text in (check.message,)]
    for table in layer.tables.values():
        for version in table.versions:
            conditions += [row.when for row in version.rows if row.when]
            messages += [row.message for row in version.rows]
    for form in layer.forms.values():
        conditions += [item.when for version in form.versions for item in version.fields]
    for materials in layer.materials.values():
        conditions += [row.when for version in materials.versions for row in version.rows]
    for notice in layer.notices.values():
        messages += [text for version in notice.versions for text in (version.subject, version.body)]
    for condition in conditions:
        for _, comparison in walk_comparisons(condition) if condition else ():
            yield from (limit.value for _, limit in comparison.stated_operators() if isinstance(limit, ValueRef))
    for message in messages:
        yield from (match[1] for match in PLACEHOLDER.finditer(message))
    for rule in layer.formulas.values():
        yield from (bounds.or_at for bounds in rule.bounds if bounds.or_at)
        for calculation in (version.calculate for version in rule.versions):
            yield from _list_operands(calculation)
    for question in layer.interpretations.values():
        for reading in question.readings.values():
            if reading.calculate is not None:
                yield from _list_operands(reading.calculate)
    for procedure in layer.procedures.values():
        yield from (version.review_within for version in procedure.versions if version.review_within)


def _list_operands(calculation: formulas.Formula) -> Iterator[str]:
    for _, node in formulas.walk_formula(calculation):
        if isinstance(node, formulas.ValueOperand):
            yield node.value


def _tell_unread(context: LintContext, at: Location, name: str, what: str, known: Iterable[str]) -> Diagnostic:
    remedy = _suggest(name, known)
    message = f"没有人用到{what}“{name}”"
    return context.diagnostic(at, "NEVER_READ", message, f"{remedy}；{_WAITS}", key=True)


def _suggest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted({*known} - {name}), 1)
    return f"是不是 {near[0]}？" if near else "检查拼写，或删去"
