"""Entering projects and reporting their progress."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core import access, numbering
from core.acting import ROLE_NAMES, Act, Role
from core.audit import trail
from core.errors import InvalidInput, NotAllowed, NotConfiguredHere, RulesViolated, WrongState
from core.identity import actions as identity
from core.identity.models import Enterprise
from core.projects import rules
from core.projects.models import STATE_NAMES, Project, ProjectState
from core.rulesets.ruleset import Ruleset

_OPEN = (ProjectState.DRAFT,)


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
    before = await _fill(session, project, ruleset, act, stated)
    await session.flush()
    await trail.record(session, act, "project.save_draft", project, before=before, after=_texts(stated))
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
    """Enter a project, from a draft or at once. Raises RulesViolated with every field that is missing or wrong, and
    NotConfiguredHere where the city does not say who supervises such a project."""
    project = await _draft(session, act, ruleset, version_id, draft_id)
    before = await _fill(session, project, ruleset, act, stated)
    enterprise = await session.get_one(Enterprise, project.applicant_id)
    found = rules.violations(ruleset, project, enterprise, act.on)
    if any(violation.refuses for violation in found):
        raise RulesViolated(found)
    if project.office_id is None:
        raise NotConfiguredHere("行业主管类型和主管地区对应的主管单位", ruleset.own.ruleset.name)
    project.state = ProjectState.ENTERED
    await session.flush()
    await trail.record(
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
    """State how far the work is; an actual completion date in the past completes the project (BX-115, BX-116)."""
    if project.state == ProjectState.DRAFT:
        raise WrongState("项目", project.number, STATE_NAMES[ProjectState.DRAFT], "填报工程进度")
    before = {name: getattr(project, name) for name in ("state", "actual_started_on", "actual_completed_on")}
    project.actual_started_on = actual_started_on
    project.expected_completed_on = expected_completed_on
    project.actual_completed_on = actual_completed_on
    if actual_started_on and actual_completed_on and actual_completed_on < actual_started_on:
        raise InvalidInput(("actualCompletedOn",), "实际竣工日期早于实际开工日期。", "Completed before it started.")
    if found := rules.progress_violations(ruleset, project, act.on):
        raise RulesViolated(found)
    project.state = ProjectState.COMPLETED if actual_completed_on else ProjectState.UNDER_CONSTRUCTION
    project.revision += 1
    await session.flush()
    after = {name: getattr(project, name) for name in before}
    await trail.record(session, act, "project.report_progress", project, before=before, after=after)
    return project


async def _draft(session: AsyncSession, act: Act, ruleset: Ruleset, version_id: int, draft_id: int | None) -> Project:
    """The draft to go on with, or a new one of the handler's enterprise, name and USCC filled in (BX-029, BX-030)."""
    if act.actor.role is not Role.HANDLER or act.actor.organization_id is None:
        raise NotAllowed("新建项目", ROLE_NAMES[Role.HANDLER])
    if draft_id is not None:
        project = await access.find(session, Project, draft_id, act.actor, what="项目", lock=True)
        if project.state not in _OPEN:
            raise WrongState("项目", project.number, STATE_NAMES[ProjectState(project.state)], "作为草稿修改")
        return project
    enterprise = await session.get_one(Enterprise, act.actor.organization_id)
    project = Project(
        number=numbering.issue(act.at),
        region_code=ruleset.own.ruleset.region,
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


async def _fill(
    session: AsyncSession, project: Project, ruleset: Ruleset, act: Act, stated: Mapping[str, Any]
) -> dict[str, Any]:
    """Write what is stated into the project and derive who supervises it; what was there before."""
    before = {name: getattr(project, name) for name in stated}
    for name, value in stated.items():
        setattr(project, name, value)
    project.revision += 1
    if supervised := rules.supervisors(ruleset, project, act.on):
        region = project.supervising_area or project.region_code
        project.office_id = (await identity.authority(session, supervised.hrss_office, region)).id
        project.authority_id = (await identity.authority(session, supervised.industry_authority, region)).id
    else:
        project.office_id = project.authority_id = None
    return _texts(before)


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}
