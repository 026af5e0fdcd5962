"""What is wrong with forms and lists of papers: what contradicts itself, what nobody could ever fill in or hand in."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from core.decisions import Kind, Value
from core.rulesets.language import values
from core.rulesets.language.conditions import Condition
from core.rulesets.language.diagnostics import Diagnostic
from core.rulesets.language.format import Fact, FormField
from core.rulesets.language.strict_yaml import Location
from core.rulesets.lint import amounts, trial
from core.rulesets.lint.context import LintContext

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
_SHORTEST = 5
"""Characters; a text bounded below is rather a slip."""
_ONLY_FOR = (
    ("options", {"choice"}, "选择项"),
    ("longest", {"text"}, "文字"),
    ("zero", {"money"}, "金额"),
    ("shown_in", {"money"}, "金额"),
)
"""What a field may say, for which kinds; elsewhere it would change nothing."""


def check_materials(context: LintContext) -> Iterator[Diagnostic]:
    for name, materials in context.file.materials.items():
        for index, version in enumerate(materials.versions):
            at: Location = ("materials", name, "versions", index, "rows")
            yield from _check_unique(context, at, [row.code for row in version.rows], "材料")
            for number, row in enumerate(version.rows):
                yield from context.check_condition((*at, number, "when"), row.when)
                usual = amounts.find_last(context, "documents.max_mb")
                if row.max_mb and usual and amounts.are_far(Decimal(row.max_mb), usual):
                    message = f"“{row.name}”单个文件的上限是 {row.max_mb} MB，与通常的 {usual:f} 相差十倍以上"
                    yield context.warning((*at, number, "max_mb"), "TEN_TIMES", message, "核对单位；确实如此的不用改")


def check_forms(context: LintContext) -> Iterator[Diagnostic]:
    for name, form in context.file.forms.items():
        for index, version in enumerate(form.versions):
            at: Location = ("forms", name, "versions", index, "fields")
            yield from _check_unique(context, at, [item.code for item in version.fields], "填写项")
            for number, item in enumerate(version.fields):
                yield from _check_field(context, (*at, number), item)


def _check_field(context: LintContext, at: Location, item: FormField) -> Iterator[Diagnostic]:
    yield from context.check_condition((*at, "when"), item.when)
    yield from context.check_name((*at, "code"), "facts", item.code, "事实")
    if item.kind == "choice" and not item.options:
        yield context.diagnostic(
            at,
            "NO_OPTIONS",
            f"选择项“{item.label}”没有写选项",
            "写明 options，来源只列出部分的加 options_complete: false",
        )
    for name, kinds, what in _ONLY_FOR:
        if getattr(item, name) and item.kind not in kinds:
            message = f"“{item.label}”是 {item.kind}，{name} 只对{what}有用"
            yield context.diagnostic((*at, name), "CONTRADICTS", message, f"删去 {name}，或改正 kind")
    if item.unit == "万元":
        message = f"“{item.label}”的单位写成万元：填写和保存一律按元"
        yield context.diagnostic((*at, "unit"), "WRONG_UNIT", message, "改写 shown_in: 万元")
    if item.longest and item.longest < _SHORTEST:
        message = f"“{item.label}”最多只能填 {item.longest} 个字"
        yield context.warning((*at, "longest"), "UNUSUAL", message, "核对是否少写了一位；确实如此的不用改")
    yield from _check_labels(context, (*at, "options"), item.options or {})
    if item.need == "derived" and item.when:
        message = f"“{item.label}”由平台带出，不由人填写，when 不起作用"
        yield context.warning((*at, "when"), "CONTRADICTS", message, "删去 when，或改为 required、optional")
    fact: Fact | None = context.entries("facts").get(item.code)
    if fact is None:
        return
    if fact.kind not in _FORM_KINDS[item.kind]:
        message = f"填写项是 {item.kind}，事实“{fact.label}”是{values.NAMES[fact.kind]}"
        yield context.diagnostic((*at, "kind"), "KINDS_DIFFER", message, "改成同一类")
    if fact.derived_from and item.need == "required":
        message = f"“{item.label}”由平台算出，不由人填写，却写成必填"
        yield context.diagnostic((*at, "need"), "CONTRADICTS", message, "改为 need: derived，或换一个事实")
    known: Mapping[str, str] = fact.options or item.options or {}
    for code in item.options or ():
        if code not in known:
            remedy = f"改为下列之一：{'、'.join(known)}"
            yield context.diagnostic(
                (*at, "options", code), "NOT_AN_OPTION", f"事实“{fact.label}”没有选项“{code}”", remedy
            )


def _check_labels(context: LintContext, at: Location, options: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Two options that read alike: nobody can tell which is chosen."""
    labels = list(options.values())
    for number, (code, label) in enumerate(options.items()):
        if label in labels[:number]:
            yield context.diagnostic(
                (*at, code), "DUPLICATE_ID", f"选项“{label}”写了两次", "改正其中一个的文字，或删去"
            )


def _check_unique(context: LintContext, at: Location, codes: Sequence[str], what: str) -> Iterator[Diagnostic]:
    for number, code in enumerate(codes):
        if code in codes[:number]:
            yield context.diagnostic((*at, number, "code"), "DUPLICATE_ID", f"{what}“{code}”重复", "删去其中一个")


def try_conditions(context: LintContext) -> Iterator[Diagnostic]:
    """Fields, papers and lists whose condition no case meets: required, and never asked for."""
    for name, form in context.file.forms.items():
        for index, version in enumerate(form.versions):
            stated = {item.code: item for item in version.fields}
            for number, item in enumerate(version.fields):
                at: Location = ("forms", name, "versions", index, "fields", number, "when")
                yield from _try_condition(context, at, f"填写项“{item.label}”", item.when, version.since, stated)
    for name, materials in context.file.materials.items():
        for index, version in enumerate(materials.versions):
            for number, row in enumerate(version.rows):
                at = ("materials", name, "versions", index, "rows", number, "when")
                yield from _try_condition(context, at, f"材料“{row.name}”", row.when, version.since, {})
    for name, procedure in context.file.procedures.items():
        for index, version in enumerate(procedure.versions):
            for number, use in enumerate(version.materials):
                at = ("procedures", name, "versions", index, "materials", number, "when")
                yield from _try_condition(context, at, f"材料清单“{use.list}”", use.when, version.since, {})


def _try_condition(
    context: LintContext,
    at: Location,
    what: str,
    condition: Condition | None,
    since: date,
    stated: Mapping[str, FormField],
) -> Iterator[Diagnostic]:
    """``stated`` are the fields of the same form: one that is required is never missing, and a choice is among its
    options."""
    if condition is None:
        return
    rules, compared = trial.make_lookup(context), trial.list_comparisons([condition])
    cases = trial.list_cases(rules, compared, since)
    possible = (case for case in cases if all(_can_be(stated.get(path), value) for path, value in case.facts.items()))
    if not any(case.answer(condition) is not False for case in possible):
        message = f"{what}的 when 永远不成立，从不要求"
        yield context.diagnostic(at, "NEVER_APPLIES", message, "改正条件，或删去这一项")


def _can_be(item: FormField | None, value: Value | None) -> bool:
    if item is None:
        return True
    if value is None:
        return item.need != "required" or item.when is not None
    return not (item.options and item.options_complete and isinstance(value, str)) or value in item.options
