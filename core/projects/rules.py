"""What a city asks of a project."""

from datetime import date

from core.decisions import Value, Violation
from core.identity.models import Enterprise
from core.projects.models import Project, ProjectState
from core.reviews.rules import form_violations
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
    }


def supervisors(ruleset: Ruleset, project: Project, on: date) -> Supervisors | None:
    """Who supervises the project; None where the city's table does not say (BX-017)."""
    found = ruleset.supervisors(facts(project, on), on)
    return found[0] if found else None


def violations(ruleset: Ruleset, project: Project, enterprise: Enterprise, on: date) -> list[Violation]:
    """What keeps a project from being entered, and what should be looked at again."""
    known = {**facts(project, on), "enterprise.certified": enterprise.certified}
    return [*form_violations(ruleset, "project", known, on), *ruleset.check("project", known, on)]


def progress_violations(ruleset: Ruleset, project: Project, on: date) -> list[Violation]:
    """What is wrong with a progress report. Whether a work may be completed today the ruleset says (A-BX-12)."""
    completed = project.actual_completed_on
    strictly = ruleset.optional("project.completion_must_be_before_today", on)
    past = None if completed is None else completed < on if strictly else completed <= on
    known = {**facts(project, on), "project.completion_not_in_future": past}
    found = [*form_violations(ruleset, "progress", known, on), *ruleset.check("progress", known, on)]
    return [violation for violation in found if violation.refuses]


def _duration_fits(project: Project) -> bool | None:
    """Whether the stated duration is the planned period, both ends counted (BX-028)."""
    if project.planned_start is None or project.planned_end is None or project.duration_days is None:
        return None
    if project.planned_end < project.planned_start:
        return False
    return inclusive_days(project.planned_start, project.planned_end) == project.duration_days
