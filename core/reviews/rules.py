"""What a submission must bring: the fields, the materials and the conditions of the city's ruleset, all at once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from core import phones, regions, texts, uscc
from core.decisions import Citation, Violation
from core.documents.models import Document
from core.errors import NotConfiguredHere
from core.messages import Fact, Message
from core.rulesets.bounds import find_excess
from core.rulesets.language.conditions import Facts, walk_comparisons
from core.rulesets.language.format import FormField, ProcedureVersion
from core.rulesets.lookup import find_choice
from core.rulesets.readers import PRODUCT_LINES, input_name
from core.rulesets.ruleset import RequiredMaterial, Ruleset


def procedure(ruleset: Ruleset, code: str, on: date) -> ProcedureVersion:
    """How the city runs the procedure; raises NotConfiguredHere where it has none, or not the product it is of."""
    must_offer(ruleset, PRODUCT_LINES.get(code), code)
    version = None if ruleset.is_to_come(code) else ruleset.procedure(code, on)
    if version is None:
        raise NotConfiguredHere("procedure", ruleset.city, ruleset.own.ruleset.name, code)
    return version


def offers(ruleset: Ruleset, product_line: str) -> bool:
    """Whether the city has the product."""
    return product_line in ruleset.own.ruleset.product_lines


def must_offer(ruleset: Ruleset, product_line: str | None, procedure: str) -> None:
    """Raises NotConfiguredHere in a city that does not have the product, whatever else its rules say of it."""
    if product_line and not offers(ruleset, product_line):
        raise NotConfiguredHere("product_line", ruleset.city, ruleset.own.ruleset.name, procedure)


def violations(
    ruleset: Ruleset, code: str, facts: Facts, files: Mapping[str, Sequence[Document]], on: date
) -> list[Violation]:
    """Everything the submission lacks or breaks, warnings included: fields, then materials, then conditions."""
    version = procedure(ruleset, code, on)
    found = form_violations(ruleset, version.form, facts, on) if version.form else []
    found += _material_violations(ruleset, code, facts, files, on)
    return [*found, *unmet_conditions(ruleset, code, facts, on, found)]


def unmet_conditions(
    ruleset: Ruleset, act: str, facts: Facts, on: date, found: Sequence[Violation]
) -> Iterator[Violation]:
    """The conditions of the act that are broken or cannot be told; not those that cannot be told for want of a field
    which ``found`` reports missing already."""
    told = {input_name(violation.path[0]) for violation in found if violation.code == "FIELD_REQUIRED"}
    for violation in ruleset.check(act, facts, on):
        if not told & {input_name(path) for path in violation.lacking}:
            yield violation


def form_violations(ruleset: Ruleset, form: str, facts: Facts, on: date) -> list[Violation]:
    """Fields that are missing or filled with what they cannot hold."""
    version = ruleset.form(form, on)
    required = {item.code: citation for item, citation in ruleset.required_fields(form, facts, on)}
    found: list[Violation] = []
    if version is None:
        return found
    for item in version.fields:
        known = facts.get(item.code)
        if known is None or (isinstance(known, str) and not texts.tidy(known)):
            if item.code in required:
                said = _said("required", item)
                found.append(_field(ruleset, form, item, required[item.code], on, "FIELD_REQUIRED", said))
            continue
        citation = ruleset.citation(version, item.locator)
        if item.code not in required and _needless(item, facts):
            found.append(_field(ruleset, form, item, citation, on, "FIELD_NOT_NEEDED", _said("needless", item)))
        elif wrong := _unfit(item, known):
            found.append(_field(ruleset, form, item, citation, on, "FIELD_INVALID", wrong))
        elif item.kind == "uscc" and uscc.has_other_check_character(uscc.check(str(known))):
            said = _said("uscc_to_compare", item, value=str(known))
            found.append(_field(ruleset, form, item, citation, on, "USCC_TO_COMPARE", said, refuses=False))
    return found


def required_anyway(
    ruleset: Ruleset, facts: Facts, paths: Sequence[str], found: Sequence[Violation], *, above_zero: Sequence[str] = ()
) -> Iterator[Violation]:
    """What the platform itself cannot do without, whatever the city's form says: each of these is stated, amounts
    ``above_zero`` so. Not what ``found`` tells already."""
    told = {input_name(violation.path[0]) for violation in found if violation.path and violation.refuses}
    for path in paths:
        value, label, name = facts.get(path), ruleset.fact(path).label, input_name(path)
        said: Message | None = None
        if value is None:
            said = Message("field.required", label=label, field=name)
        elif path in above_zero and isinstance(value, Decimal) and value <= 0:
            said = Message("field.zero", label=label, field=name)
        if said and name not in told:
            code = "FIELD_REQUIRED" if value is None else "FIELD_INVALID"
            yield Violation(code, (path,), said.zh, None, english=said.en)


def code_choices(ruleset: Ruleset, form: str, stated: Mapping[str, Any], on: date) -> dict[str, Any]:
    """What is stated, each choice by the code of its option: labels are taken as people paste them, and both however
    wide they are written. What is no option stays, for the form to judge."""
    version = ruleset.form(form, on)
    options = {_name(item): item.options or {} for item in (version.fields if version else []) if item.kind == "choice"}
    return {
        name: find_choice(options[name], value) if isinstance(value, str) and name in options else value
        for name, value in stated.items()
    }


def _needless(item: FormField, facts: Facts) -> bool:
    """Whether the field belongs to another case than this one; False while it is not known which case this is."""
    if item.when is None or item.need != "required":
        return False
    return all(facts.get(comparison.fact) is not None for _, comparison in walk_comparisons(item.when))


def _unfit(item: FormField, value: object) -> Message | None:
    text = str(value)
    match item.kind:
        case "money" if item.need == "required" and value == 0 and not item.zero:
            return _said("zero", item)
        case "text" | "choice" if not (item.kind == "choice" and item.options_complete) and len(text) > (
            most := _most_characters(item)
        ):
            return _said("too_long", item, most=most, found=len(text))
        case "phone" if not phones.read(text):
            return _said("phone", item, value=text)
        case "uscc":
            try:
                uscc.check(text)
            except uscc.InvalidUscc as invalid:
                return _said("uscc", item, wrong=invalid.wrong, value=text)
        case "region" if not regions.can_be(text):
            return _said("region", item, value=text)
        case "choice" if item.options_complete and text not in (item.options or {}):
            options = item.options or {}
            return _said("choice", item, options=list(options.values()), codes=list(options))
        case _:
            pass
    return find_excess(item.kind, value, label=item.label, field=_name(item))


def _most_characters(item: FormField) -> int:
    return item.longest or (texts.MOST_OF_A_REMARK if texts.is_remark(item.code) else texts.MOST_OF_A_LINE)


def _field(
    ruleset: Ruleset,
    form: str,
    item: FormField,
    citation: Citation,
    on: date,
    code: str,
    said: Message,
    *,
    refuses: bool = True,
) -> Violation:
    decision = ruleset.decide_field_refusal(form, item, citation, on, said.zh)
    return Violation(code, (item.code,), said.zh, decision, refuses=refuses, english=said.en)


def _said(what: str, item: FormField, **facts: Fact) -> Message:
    return Message(f"field.{what}", label=item.label, field=_name(item), **facts)


def _name(item: FormField) -> str:
    return input_name(item.code)


def _material_violations(
    ruleset: Ruleset, code: str, facts: Facts, files: Mapping[str, Sequence[Document]], on: date
) -> Iterator[Violation]:
    wanted = {material.code: material for material in ruleset.materials(code, facts, on)}
    for material in wanted.values():
        handed_in = files.get(material.code, ())
        if material.required and not handed_in:
            yield _material(ruleset, code, material, on, "MATERIAL_REQUIRED", "required")
        if material.recommended and not handed_in:
            yield _material(ruleset, code, material, on, "MATERIAL_RECOMMENDED", "recommended", refuses=False)
        most = material.max_files or ruleset.value_or_none("documents.max_files", on)
        if most and len(handed_in) > most:
            yield _material(ruleset, code, material, on, "TOO_MANY_FILES", "too_many", most=most, found=len(handed_in))
        megabytes = material.max_mb or ruleset.value_or_none("documents.max_mb", on)
        for document in handed_in if megabytes else ():
            if document.size > megabytes * 1024 * 1024:
                name, most = document.name, megabytes
                yield _material(ruleset, code, material, on, "FILE_TOO_LARGE", "too_large", file=name, megabytes=most)
    for unknown in files.keys() - wanted.keys():
        said = Message("material.unknown", code=unknown)
        yield Violation("UNKNOWN_MATERIAL", ("materials", unknown), said.zh, None, english=said.en)


def _material(
    ruleset: Ruleset,
    procedure: str,
    material: RequiredMaterial,
    on: date,
    code: str,
    what: str,
    *,
    refuses: bool = True,
    **facts: Fact,
) -> Violation:
    said = Message(f"material.{what}", name=material.name, code=material.code, **facts)
    decision = ruleset.decide_material_refusal(procedure, material, on, said.zh)
    return Violation(code, ("materials", material.code), said.zh, decision, refuses=refuses, english=said.en)
