"""What a city asks of a project."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from core.decisions import Certainty, Decision, Kind, Reason, Value, Violation
from core.messages import Message
from core.projects.models import Project, ProjectState
from core.regions import lies_in
from core.reviews import city_fields
from core.reviews import rules as forms
from core.rulesets.hooks import Supervisors
from core.rulesets.ruleset import Ruleset
from core.workdays import inclusive_days

STATED = (
    "industry_kind",
    "supervising_area",
    "name",
    "location",
    "area",
    "kind",
    "category",
    "contract_amount",
    "contract_signed_on",
    "planned_start",
    "planned_end",
    "duration_days",
    "general_contractor",
    "general_contractor_uscc",
    "owner",
    "owner_uscc",
    "construction_permit_number",
    "construction_permit_on",
    "wage_pay_day",
    "manager",
    "manager_phone",
    "labour_officer",
    "labour_officer_phone",
    "actual_started_on",
    "expected_completed_on",
    "actual_completed_on",
)
"""The columns that are facts, each under ``project.<name>``."""


def facts(project: Project, on: date) -> dict[str, Value | None]:
    """The project as rules see it on a day."""
    stated: dict[str, Value | None] = {f"project.{name}": getattr(project, name) for name in STATED}
    return {
        **stated,
        "case.today": on,
        "project.completed": project.state == ProjectState.COMPLETED,
        "project.duration_fits": _duration_fits(project),
        "contract.months": _contract_months(project),
    }


def code_choices(ruleset: Ruleset, stated: Mapping[str, Any], on: date) -> dict[str, Any]:
    """What is stated, each choice of the city's form by its code."""
    return forms.code_choices(ruleset, "project", stated, on)


def supervisors(ruleset: Ruleset, project: Project, on: date) -> tuple[Supervisors, Decision] | None:
    """Who supervises the project and by which row; None where the city's table does not say (BX-017)."""
    found = ruleset.supervisors(facts(project, on), on)
    if found is None:
        return None
    supervised, citation = found
    industry = ruleset.fact_text("project.industry_kind", project.industry_kind or "")
    sentence = (
        f"行业主管类型“{industry}”、主管地区 {project.supervising_area}："
        f"行业主管单位为{supervised.industry_authority}，人社监管单位为{supervised.hrss_office}。"
    )
    reason = Reason(0, "authorities", sentence, supervised.hrss_office, citation=citation)
    sure, cited = (
        (ruleset.certainty_of_source(citation.source), f"依据{citation}。") if citation else (Certainty.UNVERIFIED, "")
    )
    said = f"{sentence}{cited}"
    return supervised, Decision(
        "authorities", "监管单位", on.isoformat(), Kind.TEXT, sure, supervised.hrss_office, said, (reason,), ruleset.ref
    )


def violations(ruleset: Ruleset, project: Project, certified: bool, on: date) -> list[Violation]:
    """What keeps a project from being entered, and what should be looked at again."""
    known = {**facts(project, on), **city_fields.answers(project, ruleset), "enterprise.certified": certified}
    found = [
        *forms.form_violations(ruleset, "project", known, on),
        *_reversed(ruleset, "project", project, "planned_start", "planned_end", on),
        *_to_come(ruleset, "project", project, "contract_signed_on", on),
        *_no_such_day(ruleset, project, on),
        *_elsewhere(ruleset, project, on),
    ]
    return [*found, *forms.unmet_conditions(ruleset, "project", known, on, found)]


def progress_violations(ruleset: Ruleset, project: Project, on: date) -> list[Violation]:
    """What is wrong with a progress report. Whether a work may be completed today the ruleset says (A-BX-12)."""
    completed = project.actual_completed_on
    strictly = ruleset.value_or_none("project.completion_must_be_before_today", on)
    past = None if completed is None else completed < on if strictly else completed <= on
    known = {**facts(project, on), **city_fields.answers(project, ruleset), "project.completion_not_in_future": past}
    found = [
        *forms.form_violations(ruleset, "progress", known, on),
        *_to_come(ruleset, "progress", project, "actual_started_on", on),
        *_reversed(ruleset, "progress", project, "actual_started_on", "actual_completed_on", on),
        *_reversed(ruleset, "progress", project, "actual_started_on", "expected_completed_on", on),
    ]
    return [*found, *forms.unmet_conditions(ruleset, "progress", known, on, found)]


def _reversed(ruleset: Ruleset, form: str, project: Project, first: str, last: str, on: date) -> Iterator[Violation]:
    """The last day of a period of the form lies before its first."""
    begun: date | None = getattr(project, first)
    ended: date | None = getattr(project, last)
    if begun and ended and ended < begun:
        yield from _unfit(ruleset, form, last, "PERIOD_REVERSED", "field.reversed", on, ended=ended, begun=begun)


def _no_such_day(ruleset: Ruleset, project: Project, on: date) -> Iterator[Violation]:
    """Wages are paid on a day of the month."""
    if project.wage_pay_day is not None and not 1 <= project.wage_pay_day <= 31:
        yield from _unfit(ruleset, "project", "wage_pay_day", "FIELD_INVALID", "field.day_of_month", on)


def _to_come(ruleset: Ruleset, form: str, project: Project, name: str, on: date) -> Iterator[Violation]:
    """A day on which something happened lies in the future."""
    stated: date | None = getattr(project, name)
    if stated and stated > on:
        yield from _unfit(ruleset, form, name, "DATE_IN_FUTURE", "field.in_future", on, stated=stated)


def _elsewhere(ruleset: Ruleset, project: Project, on: date) -> Iterator[Violation]:
    """An area of another city."""
    region = ruleset.own.ruleset.region
    for name in ("supervising_area", "area"):
        stated: str | None = getattr(project, name)
        if stated and not lies_in(stated, region):
            yield from _unfit(
                ruleset, "project", name, "AREA_ELSEWHERE", "field.elsewhere", on, stated=stated, region=region
            )


def _unfit(
    ruleset: Ruleset, form: str, name: str, code: str, wrong: str, on: date, **facts: date | str
) -> Iterator[Violation]:
    """A field of the form, refused for what no form needs to say."""
    version = ruleset.form(form, on)
    for item in version.fields if version else []:
        if version and item.code == f"project.{name}":
            said = Message(wrong, label=item.label, field=name, **facts)
            decision = ruleset.decide_field_refusal(form, item, ruleset.citation(version, item.locator), on, said.zh)
            yield Violation(code, (name,), said.zh, decision, english=said.en)


def _duration_fits(project: Project) -> bool | None:
    """Whether the stated duration is the planned period, both ends counted (BX-028)."""
    if project.planned_start is None or project.planned_end is None or project.duration_days is None:
        return None
    if project.planned_end < project.planned_start:
        return False
    return inclusive_days(project.planned_start, project.planned_end) == project.duration_days


def _contract_months(project: Project) -> int | None:
    """The whole months of the planned period, both ends counted: what is short of three months has two."""
    begun, ended = project.planned_start, project.planned_end
    if begun is None or ended is None or ended < begun:
        return None
    after = ended + timedelta(days=1)
    months = (after.year - begun.year) * 12 + after.month - begun.month
    return months if after.day >= begun.day or _last_of_month(after) else months - 1


def _last_of_month(day: date) -> bool:
    """A month begun on its 31st is over on the last day of a shorter one."""
    return (day + timedelta(days=1)).month != day.month
