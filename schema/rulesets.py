"""The rules themselves."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

import strawberry
from strawberry.scalars import JSON

from core.decisions import Kind
from core.rulesets import ruleset
from core.rulesets.language import format as written
from core.rulesets.language.conditions import Condition
from resolvers import forms
from resolvers import rulesets as answers
from resolvers.scalars import RegionCode
from schema.decisions import Citation, Decision
from schema.fields import answered_by, represents, root_field


@represents(answers.RulesetValue, "A value in force on a day (参数).")
class RulesetValue:
    path: str
    label: str
    kind: Kind
    unit: str | None
    text: str | None
    shown: str | None
    since: date | None
    citation: Citation | None
    note: str | None


@represents(written.Phone, "A telephone number, with its extension (电话).")
class Phone:
    number: str
    extension: str | None


@represents(written.DirectoryEntry, "Whom to ask (通讯目录).")
class DirectoryEntry:
    code: str
    area: str
    region: RegionCode | None
    kind: str
    phones: list[Phone]
    other: list[str]


@strawberry.type(description="A text the rules rest on (来源).")
class Source:
    code: str
    title: str
    number: str | None
    kind: str
    in_force: date | None
    evidence: str
    note: str | None


@strawberry.type(description="An open question of law, and the reading chosen (待确认问题).")
class Interpretation:
    code: str
    question: str
    status: str
    chosen: str
    argument: str | None
    readings: JSON


@represents(forms.FormOption, "An option of a choice, as the field's input takes it and as people read it (选项).")
class FormOption:
    code: str
    value: str
    label: str


@strawberry.type(description="A field of a form (表单字段).")
class FormField:
    code: str
    input: list[str] | None
    label: str
    kind: str
    need: str
    when: JSON | None
    unit: str | None
    shown_in: str | None
    prefill: str | None
    options: list[FormOption] | None
    options_complete: bool
    hint: str | None
    citation: Citation


@strawberry.type(description="A material of a procedure (申请材料).")
class Material:
    code: str
    name: str
    required: bool
    recommended: bool
    when: JSON | None
    max_files: int | None
    max_mb: int | None
    template: str | None
    citation: Citation


@strawberry.type(description="A condition an act must meet (办理条件).")
class Check:
    id: str
    code: str
    refuses: bool
    message: str
    citation: Citation


def _fields(root: strawberry.Parent[answers.ProcedureInForce | answers.FormInForce]) -> list[FormField]:
    return [
        FormField(
            code=item.code,
            input=forms.place_of_field(root.code, item),
            label=item.label,
            kind=item.kind,
            need=item.need,
            when=_condition([item.when] if item.when else []),
            unit=item.unit,
            shown_in=item.shown_in,
            prefill=item.prefill,
            options=_options(root.code, item),
            options_complete=item.options_complete,
            hint=item.hint,
            citation=_cited(citation),
        )
        for item, citation in answers.fields_of(root)
    ]


def _options(act: str, item: written.FormField) -> list[FormOption] | None:
    """As the schema's type, which has the same fields."""
    return cast("list[FormOption] | None", forms.options_of_field(act, item))


def _materials(root: strawberry.Parent[answers.ProcedureInForce]) -> list[Material]:
    return [
        Material(
            code=item.row.code,
            name=item.row.name,
            required=item.row.need == "required",
            recommended=item.row.need == "recommended",
            when=_condition(item.conditions),
            max_files=item.row.max_files,
            max_mb=item.row.max_mb,
            template=item.row.template,
            citation=_cited(item.citation),
        )
        for item in answers.materials(root)
    ]


def _checks(root: strawberry.Parent[answers.ProcedureInForce | answers.FormInForce]) -> list[Check]:
    return [
        Check(
            id=check.id,
            code=check.code,
            refuses=check.severity == "refuse",
            message=check.message,
            citation=_cited(citation),
        )
        for check, citation in answers.checks(root)
    ]


def _mutation(root: strawberry.Parent[answers.ProcedureInForce | answers.FormInForce]) -> str | None:
    return None if root.ruleset.is_to_come(root.code) else forms.mutation_of(root.code)


def _reviewer(root: strawberry.Parent[answers.ProcedureInForce]) -> str | None:
    return root.version.reviewer


def _follows(root: strawberry.Parent[answers.ProcedureInForce]) -> str | None:
    return root.version.follows


@represents(answers.ProcedureInForce, "What a city does, step by step: form, materials, reviewer, period (办理流程).")
class Procedure:
    code: str
    label: str
    mutation: str | None = answered_by(_mutation)
    reviewer: str | None = answered_by(_reviewer)
    review_within: RulesetValue | None = answered_by(answers.review_within)
    follows: str | None = answered_by(_follows)
    form: list[FormField] = answered_by(_fields)
    materials: list[Material] = answered_by(_materials)
    checks: list[Check] = answered_by(_checks)
    citation: Citation = answered_by(answers.citation_of)


@represents(
    answers.FormInForce,
    "What a city asks to be filled in; some forms, project and progress, belong to no procedure (表单).",
)
class Form:
    code: str
    label: str
    mutation: str | None = answered_by(_mutation)
    fields: list[FormField] = answered_by(_fields)
    checks: list[Check] = answered_by(_checks)
    citation: Citation = answered_by(answers.citation_of)


@represents(answers.Supervision, "Who supervises the projects of an industry in an area, BX-017 (主管单位).")
class Supervisors:
    industry_authority: str
    hrss_office: str
    citation: Citation | None


def _name(root: strawberry.Parent[ruleset.Ruleset]) -> str:
    return root.own.ruleset.name


def _region(root: strawberry.Parent[ruleset.Ruleset]) -> RegionCode:
    return RegionCode(root.own.ruleset.region)


def _version(root: strawberry.Parent[ruleset.Ruleset]) -> str:
    return root.ref.version


def _digest(root: strawberry.Parent[ruleset.Ruleset]) -> str:
    return root.ref.digest


def _product_lines(root: strawberry.Parent[ruleset.Ruleset]) -> list[str]:
    return list(root.own.ruleset.product_lines)


def _sources(root: strawberry.Parent[ruleset.Ruleset]) -> list[Source]:
    return [
        Source(
            code=code,
            title=source.title,
            number=source.number,
            kind=source.kind,
            in_force=source.in_force,
            evidence=source.evidence,
            note=source.note,
        )
        for code, source in answers.sources(root)
    ]


def _interpretations(root: strawberry.Parent[ruleset.Ruleset]) -> list[Interpretation]:
    return [
        Interpretation(
            code=code,
            question=question.question,
            status=question.status,
            chosen=question.chosen,
            argument=question.argument,
            readings=_json({name: reading.label for name, reading in question.readings.items()}),
        )
        for code, question in answers.interpretations(root)
    ]


@represents(ruleset.Ruleset, "A city's rules, as they are in force now (城市规则).")
class Ruleset:
    city: str
    name: str = answered_by(_name)
    region_code: RegionCode = answered_by(_region)
    version: str = answered_by(_version)
    digest: str = answered_by(_digest)
    product_lines: list[str] = answered_by(_product_lines)
    values: list[RulesetValue] = answered_by(answers.values_of)
    value: RulesetValue = answered_by(answers.value_of)
    procedures: list[Procedure] = answered_by(answers.procedures)
    procedure: Procedure | None = answered_by(answers.procedure)
    form: Form | None = answered_by(answers.form)
    supervisors: Supervisors | None = answered_by(answers.supervisors)
    directory: list[DirectoryEntry] = answered_by(answers.directory, "Whom to ask (通讯目录).")
    sources: list[Source] = answered_by(_sources)
    interpretations: list[Interpretation] = answered_by(_interpretations)


class Queries:
    rulesets: list[Ruleset] = root_field(answers.every, "Every city's rules (各市规则).", public=True)
    ruleset: Ruleset = root_field(answers.one, "One city's rules, by `benxi` or `210500` (某市规则).", public=True)
    directory: list[DirectoryEntry] = root_field(
        answers.enquiries,
        "Whom to ask in a city, or in one area of it and in the whole city (通讯目录).",
        public=True,
    )
    explain: Decision = root_field(
        answers.explain,
        "What a city's rules would decide on these facts, and why; computed, not kept (规则解释).",
        public=True,
    )


def _cited(citation: Any) -> Citation:
    """The domain's citation stands for the type of the same name (``represents``)."""
    return citation


def _condition(conditions: Sequence[Condition]) -> Any:
    """Structured conditions as a client can evaluate them; None without any."""
    written = [condition.model_dump(mode="json", by_alias=True, exclude_none=True) for condition in conditions]
    return {"all": written} if len(written) > 1 else next(iter(written), None)


def _json(value: Any) -> Any:
    """A mapping as the JSON scalar takes it."""
    return value
