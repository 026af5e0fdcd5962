"""Answers about the rules themselves: what is written, and what it would decide."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import strawberry

from core.decisions import Citation, Decision, Kind
from core.errors import InvalidInput, NotFound
from core.messages import Message
from core.projects import rules as projects
from core.rulesets.facts import FactsInvalid, facts_from_text
from core.rulesets.language import values
from core.rulesets.language.conditions import Condition, Facts
from core.rulesets.language.format import (
    Check,
    DirectoryEntry,
    FormField,
    FormVersion,
    Interpretation,
    Material,
    ProcedureVersion,
    Source,
)
from core.rulesets.lookup import UnknownPath
from core.rulesets.ruleset import Ruleset
from resolvers.context import Info
from resolvers.scalars import RegionCode


@strawberry.input(description="A fact of a case, in canonical text (事实).")
class FactInput:
    path: str
    value: str | None


@dataclass(frozen=True)
class RulesetValue:
    """A value in force on a day. ``text`` is canonical, ``shown`` what a person reads; both None: not configured."""

    path: str
    label: str
    kind: Kind
    unit: str | None
    text: str | None
    shown: str | None
    since: date | None
    citation: Citation | None
    note: str | None


@dataclass(frozen=True)
class ProcedureInForce:
    """A procedure on a day, with the rules around it."""

    ruleset: Ruleset
    code: str
    label: str
    on: date
    version: ProcedureVersion


@dataclass(frozen=True)
class FormInForce:
    """A form on a day, with the conditions on the act of the same name."""

    ruleset: Ruleset
    code: str
    label: str
    on: date
    version: FormVersion


@dataclass(frozen=True)
class MaterialRow:
    """A material of a procedure, asked for only where all the conditions hold."""

    row: Material
    citation: Citation
    conditions: Sequence[Condition]


@dataclass(frozen=True)
class Supervision:
    """Who supervises the projects of an industry in an area; no citation where the city's program answered."""

    industry_authority: str
    hrss_office: str
    citation: Citation | None


def every(info: Info) -> Sequence[Ruleset]:
    return info.context.rulesets.cities


def one(info: Info, city: str) -> Ruleset:
    return info.context.rulesets.of_any(city)


def explain(info: Info, city: str, path: str, facts: list[FactInput] | None = None, on: date | None = None) -> Decision:
    """The answer to any formula, table or value of a city for the facts given. Computed, not kept."""
    ruleset = info.context.rulesets.of_any(city)
    try:
        return ruleset.decide(path, facts_stated(ruleset, facts or ()), on or info.context.on)
    except UnknownPath:
        raise NotFound("Rule", path) from None


def facts_stated(ruleset: Ruleset, facts: Sequence[FactInput]) -> Facts:
    """The facts as rules see them; raises InvalidInput with all that is wrong with them."""
    try:
        return facts_from_text({fact.path: fact.value for fact in facts}, ruleset)
    except FactsInvalid as invalid:
        problems = [Message(f"fact.{problem.code}", **vars(problem)) for problem in invalid.problems]
        raise InvalidInput(("facts",), "facts", problems=problems) from None


def values_of(
    root: strawberry.Parent[Ruleset], info: Info, prefix: str = "", on: date | None = None
) -> list[RulesetValue]:
    day = on or info.context.on
    return [_value(root, path, day) for path in root.paths("terms") if path.startswith(prefix)]


def value_of(root: strawberry.Parent[Ruleset], info: Info, path: str, on: date | None = None) -> RulesetValue:
    try:
        return _value(root, path, on or info.context.on)
    except UnknownPath:
        raise NotFound("RulesetValue", path) from None


def procedures(root: strawberry.Parent[Ruleset], info: Info, on: date | None = None) -> list[ProcedureInForce]:
    day = on or info.context.on
    return [found for code in root.paths("procedures") if (found := _procedure(root, code, day))]


def procedure(
    root: strawberry.Parent[Ruleset], info: Info, code: str, on: date | None = None
) -> ProcedureInForce | None:
    return _procedure(root, code, on or info.context.on) if root.has("procedures", code) else None


def form(root: strawberry.Parent[Ruleset], info: Info, code: str, on: date | None = None) -> FormInForce | None:
    day = on or info.context.on
    version = root.form(code, day)
    return FormInForce(root, code, root.form_label(code), day, version) if version else None


def supervisors(
    root: strawberry.Parent[Ruleset],
    info: Info,
    industry_kind: str,
    supervising_area: RegionCode,
    on: date | None = None,
) -> Supervision | None:
    day = on or info.context.on
    place = projects.code_choices(root, {"industry_kind": industry_kind, "supervising_area": supervising_area}, day)
    found = root.supervisors({f"project.{name}": value for name, value in place.items()}, day)
    return Supervision(found[0].industry_authority, found[0].hrss_office, found[1]) if found else None


def enquiries(info: Info, city: str, area: RegionCode | None = None) -> list[DirectoryEntry]:
    """Of one area and the whole city, or all there are."""
    ruleset = info.context.rulesets.of(city)
    return ruleset.directory(info.context.on) if area is None else ruleset.enquiries(area, info.context.on)


def directory(root: strawberry.Parent[Ruleset], info: Info) -> list[DirectoryEntry]:
    return root.directory(info.context.on)


def sources(root: strawberry.Parent[Ruleset]) -> list[tuple[str, Source]]:
    return [(code, root.source(code)) for code in root.paths("sources")]


def interpretations(root: strawberry.Parent[Ruleset]) -> list[tuple[str, Interpretation]]:
    return [(code, root.interpretation(code)) for code in root.paths("interpretations")]


def fields_of(root: strawberry.Parent[ProcedureInForce | FormInForce]) -> list[tuple[FormField, Citation]]:
    if isinstance(root, FormInForce):
        version = root.version
    else:
        version = root.ruleset.form(root.version.form, root.on) if root.version.form else None
    return [(item, root.ruleset.citation(version, item.locator)) for item in version.fields] if version else []


def materials(root: strawberry.Parent[ProcedureInForce]) -> list[MaterialRow]:
    return list(_materials(root))


def review_within(root: strawberry.Parent[ProcedureInForce]) -> RulesetValue | None:
    path = root.version.review_within
    return _value(root.ruleset, path, root.on) if path else None


def checks(root: strawberry.Parent[ProcedureInForce | FormInForce]) -> list[tuple[Check, Citation]]:
    return [(check, root.ruleset.citation(check)) for check in root.ruleset.checks(root.code, root.on)]


def citation_of(root: strawberry.Parent[ProcedureInForce | FormInForce]) -> Citation:
    return root.ruleset.citation(root.version)


def _value(ruleset: Ruleset, path: str, on: date) -> RulesetValue:
    term, entry = ruleset.term(path), ruleset.value_entry(path, on)
    known: Any = ruleset.value_or_none(path, on)
    return RulesetValue(
        path,
        term.label,
        term.kind,
        term.unit,
        None if known is None else values.canonical_text(known, term.kind),
        None if known is None else ruleset.answer_text(path, known),
        entry.since if entry else None,
        ruleset.citation(entry) if entry else None,
        entry.note if entry else None,
    )


def _procedure(ruleset: Ruleset, code: str, on: date) -> ProcedureInForce | None:
    version = ruleset.procedure(code, on)
    return ProcedureInForce(ruleset, code, ruleset.procedure_label(code), on, version) if version else None


def _materials(procedure: ProcedureInForce) -> Iterator[MaterialRow]:
    for use in procedure.version.materials:
        if listed := procedure.ruleset.material_list(use.list, procedure.on):
            for row in listed.rows:
                citation = procedure.ruleset.citation(listed, row.locator)
                yield MaterialRow(row, citation, [when for when in (use.when, row.when) if when is not None])
