"""Entering projects and reporting their progress."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core import access, numbering
from core.act import Act
from core.actor import Role
from core.audit import trail
from core.errors import InvalidInput, NotAllowed, NotConfiguredHere, RulesViolated, WrongState
from core.identity import actions as identity
from core.identity.models import Enterprise
from core.projects import rules
from core.projects.models import Project, ProjectState
from core.reviews.actions import keep, warnings
from core.rulesets.ruleset import Ruleset

_PROGRESS = ("state", "actual_started_on", "expected_completed_on", "actual_completed_on")


async def save_draft(
    session: AsyncSession,
    act: Act,
    ruleset: Ruleset,
    version_id: int,
    stated: Mapping[str, Any],
    *,
    draft_id: int | None,
) -> Project:
    """Keep what is filled in so far; nothing is required yet (GZ-18). ``stated`` goes by column name."""
    project = await _draft(session, act, ruleset, version_id, draft_id)
    before = _fill(project, ruleset, act, stated)
    await session.flush()
    trail.record(session, act, "project.save_draft", project, before=before, after=_texts(stated))
    return project


async def enter(
    session: AsyncSession,
    act: Act,
    ruleset: Ruleset,
    version_id: int,
    stated: Mapping[str, Any],
    *,
    draft_id: int | None,
) -> Project:
    """Enter a project, from a draft or at once; who supervises it is derived (BX-017, BX-020, BX-021).

    Raises RulesViolated with every field that is missing or wrong, and NotConfiguredHere where the city does not say
    who supervises such a project. What it rests on, warnings among them, is kept.
    """
    project = await _draft(session, act, ruleset, version_id, draft_id)
    before = _fill(project, ruleset, act, stated)
    enterprise = await session.get_one(Enterprise, project.applicant_id)
    found = rules.violations(ruleset, project, enterprise, act.on)
    if any(violation.refuses for violation in found):
        raise RulesViolated(found)
    supervised = rules.supervisors(ruleset, project, act.on)
    if supervised is None:
        raise NotConfiguredHere("supervisors", ruleset.city, ruleset.own.ruleset.name)
    region, (by, decision) = project.supervising_area or project.region_code, supervised
    project.office_id = (await identity.authority(session, by.hrss_office, region)).id
    project.authority_id = (await identity.authority(session, by.industry_authority, region)).id
    project.state = ProjectState.ENTERED
    await session.flush()
    keep(session, act, project, "project.enter", [decision, *warnings(found)])
    trail.record(
        session,
        act,
        "project.enter",
        project,
        before=before,
        after={**_texts(stated), "state": project.state},
        ruleset_digest=ruleset.ref.digest,
    )
    return project


async def report_progress(
    session: AsyncSession,
    act: Act,
    ruleset: Ruleset,
    project: Project,
    *,
    actual_started_on: date | None,
    expected_completed_on: date | None,
    actual_completed_on: date | None,
) -> Project:
    """State how far the work is; an actual completion date completes the project (BX-115, BX-116).

    Raises RulesViolated with every field that is missing or wrong.
    """
    if project.state == ProjectState.DRAFT:
        raise WrongState("Project", str(project.id), project.state, "report_progress")
    before = {name: getattr(project, name) for name in _PROGRESS}
    project.actual_started_on = actual_started_on
    project.expected_completed_on = expected_completed_on
    project.actual_completed_on = actual_completed_on
    found = rules.progress_violations(ruleset, project, act.on)
    if any(violation.refuses for violation in found):
        raise RulesViolated(found)
    project.state = ProjectState.COMPLETED if actual_completed_on else ProjectState.UNDER_CONSTRUCTION
    project.revision += 1
    await session.flush()
    keep(session, act, project, "project.report_progress", warnings(found))
    after = {name: getattr(project, name) for name in _PROGRESS}
    trail.record(
        session,
        act,
        "project.report_progress",
        project,
        before=before,
        after=after,
        ruleset_digest=ruleset.ref.digest,
    )
    return project


async def _draft(session: AsyncSession, act: Act, ruleset: Ruleset, version_id: int, draft_id: int | None) -> Project:
    """The draft to go on with, or a new one of the handler's enterprise, name and USCC filled in (BX-029, BX-030).

    A draft begins nothing: it goes on under the rules of the day it is worked on, until it is entered under them. It
    has no office yet, so that nobody but its enterprise sees it.
    """
    if act.actor.role is not Role.HANDLER or act.actor.organization_id is None:
        raise NotAllowed("enter_project", Role.HANDLER)
    region = ruleset.own.ruleset.region
    if draft_id is not None:
        project = await access.find(session, Project, draft_id, act.actor, lock=True)
        if project.state != ProjectState.DRAFT:
            raise WrongState("Project", str(project.id), project.state, "edit_draft")
        if project.region_code != region:
            raise InvalidInput(("city",), "draft_of_another_city")
        project.ruleset_version_id = version_id
        return project
    enterprise = await session.get_one(Enterprise, act.actor.organization_id)
    project = Project(
        number=numbering.issue(act.at),
        region_code=region,
        applicant_id=enterprise.id,
        ruleset_version_id=version_id,
        state=ProjectState.DRAFT,
        created_at=act.at,
        created_by_id=act.actor.account_id or 0,
        revision=0,
        general_contractor=enterprise.name,
        general_contractor_uscc=enterprise.uscc,
    )
    session.add(project)
    return project


def _fill(project: Project, ruleset: Ruleset, act: Act, stated: Mapping[str, Any]) -> dict[str, str]:
    """Write what is stated into the project; what was there before."""
    before = {name: getattr(project, name) for name in stated}
    for name, value in rules.labelled(ruleset, stated, act.on).items():
        setattr(project, name, value)
    project.revision += 1
    return _texts(before)


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}
