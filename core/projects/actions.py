"""Entering projects and reporting their progress."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, delete, select

from core import numbering, texts
from core.act import Act
from core.actor import Role
from core.audit import trail
from core.db import next_id
from core.db.prepared import PreparedStatement
from core.errors import InvalidInput, NotAllowed, NotConfiguredHere, RulesViolated, WrongState
from core.identity import actions as identity
from core.identity.models import ORGANIZATIONS
from core.projects import parties, rules
from core.projects.models import Project, ProjectState
from core.reviews import city_fields
from core.reviews.actions import keep_decisions, warnings
from core.rulesets.ruleset import Ruleset
from core.statements import fill

_APPLICANT = PreparedStatement(
    select(
        ORGANIZATIONS.c.name, ORGANIZATIONS.c.uscc, ORGANIZATIONS.c.certified_at.is_not(None), next_id(Project)
    ).where(ORGANIZATIONS.c.id == bindparam("organization_id"))
)
"""The handler's enterprise, and an id for a project of it."""


@dataclass(frozen=True)
class Progress:
    """How far the work is; None where it is not, or where nothing is expected yet."""

    actual_started_on: date | None
    expected_completed_on: date | None
    actual_completed_on: date | None


Check = Callable[[Act, Project], Awaitable[None]]
_BEFORE_CORRECTION: list[Check] = []


def before_correction(check: Check) -> Check:
    """A decorator for what raises where something stands against an entered project's being corrected by who entered
    it: areas above register what of theirs rests on what it states."""
    _BEFORE_CORRECTION.append(check)
    return check


_PROGRESS = ("state", "actual_started_on", "expected_completed_on", "actual_completed_on")


async def save_draft(act: Act, ruleset: Ruleset, stated: Mapping[str, Any], *, draft_id: int | None) -> Project:
    """Keep what is filled in so far; nothing is required yet (GZ-18). ``stated`` goes by column name."""
    act.must_be(Role.HANDLER, "enter_project")
    project, _ = await _draft(act, ruleset, draft_id)
    before = _fill(act, project, ruleset, stated)
    if draft_id is None:
        act.insert(project)
    trail.record(act, "project.save_draft", project, before=before, after=_texts(stated))
    return project


async def enter(act: Act, ruleset: Ruleset, stated: Mapping[str, Any], *, draft_id: int | None) -> Project:
    """Enter a project, from a draft or at once; who supervises it is derived (BX-017, BX-020, BX-021). One that was
    entered is corrected likewise while nothing was approved of it and nothing waits for its office
    (``before_correction``): what is not stated again stays.

    Raises RulesViolated with every field that is missing or wrong, and NotConfiguredHere where the city does not say
    who supervises such a project. What it rests on, warnings among them, is kept.
    """
    act.must_be(Role.HANDLER, "enter_project")
    project, certified = await _draft(act, ruleset, draft_id, entered=True)
    correcting = project.state != ProjectState.DRAFT
    with act.session.no_autoflush:  # until it is known to be complete
        before = _fill(act, project, ruleset, stated)
        found = rules.violations(ruleset, project, certified, act.on)
        if any(violation.refuses for violation in found):
            raise RulesViolated(found)
        supervised = rules.supervisors(ruleset, project, act.on)
        if supervised is None:
            raise NotConfiguredHere("supervisors", ruleset.city, ruleset.own.ruleset.name)
        region, (by, decision) = project.supervising_area or project.region_code, supervised
        named = parties.look_up(project)
        offices = await identity.authorities(act.session, (by.hrss_office, by.industry_authority), region, named)
    parties.bind(project, named)
    project.office_id, project.authority_id = project.hrss_office_id, project.industry_authority_id = offices
    project.works_key, project.permit_key = _keys(project)
    project.state = project.state if correcting else ProjectState.ENTERED
    if draft_id is None:
        act.insert(project)
    keep_decisions(act, project, "project.enter", [decision, *warnings(found)])
    trail.record(
        act,
        "project.correct" if correcting else "project.enter",
        project,
        before=before,
        after={**_texts(stated), "state": project.state},
        ruleset_digest=ruleset.ref.digest,
    )
    return project


async def delete_draft(act: Act, draft_id: int) -> None:
    """Delete what was never entered; the trail keeps what it said."""
    act.must_be(Role.HANDLER, "enter_project")
    project = await act.find(Project, draft_id, lock=True)
    act.must_be_of(project.applicant_id, "enter_project")
    act.expect(project, Project)
    if project.state != ProjectState.DRAFT:
        raise WrongState("Project", str(project.id), project.state, "delete_draft")
    trail.record(
        act, "project.delete_draft", project, before=_texts({name: getattr(project, name) for name in rules.STATED})
    )
    await act.session.execute(
        delete(Project).where(Project.id == project.id).execution_options(synchronize_session=False)
    )


async def report_progress(act: Act, project_id: int, progress: Progress) -> Project:
    """State how far the work is; an actual completion date completes the project (BX-115, BX-116).

    A work that is not completed after all is taken as reported, whatever rests on its completion: a cancellation that
    waits is then not approved. Raises RulesViolated with every field that is missing or wrong.
    """
    act.must_be(Role.HANDLER, "report_progress")
    project = await act.find(Project, project_id, lock=True)
    act.must_be_of(project.applicant_id, "report_progress")
    act.expect(project, Project)
    ruleset = await act.rules(project.ruleset_version_id)
    if project.state == ProjectState.DRAFT:
        raise WrongState("Project", str(project.id), project.state, "report_progress")
    before = {name: getattr(project, name) for name in _PROGRESS}
    fill(project, vars(progress))
    city_fields.take(act, project, ruleset, "progress", {}, partly=True)
    found = rules.progress_violations(ruleset, project, act.on)
    if any(violation.refuses for violation in found):
        raise RulesViolated(found)
    project.state = ProjectState.COMPLETED if progress.actual_completed_on else ProjectState.UNDER_CONSTRUCTION
    project.revision += 1
    keep_decisions(act, project, "project.report_progress", warnings(found))
    after = {name: getattr(project, name) for name in _PROGRESS}
    trail.record(act, "project.report_progress", project, before=before, after=after, ruleset_digest=ruleset.ref.digest)
    return project


async def _draft(act: Act, ruleset: Ruleset, draft_id: int | None, *, entered: bool = False) -> tuple[Project, bool]:
    """The draft to go on with, or what was ``entered`` and may be corrected, or a new one of the handler's enterprise,
    name and USCC filled in (BX-029, BX-030); and whether the enterprise is certified.

    A draft begins nothing: it goes on under the rules of the day it is worked on, until it is entered under them. It
    has no office yet, so that nobody but its enterprise sees it.
    """
    if act.actor.organization_id is None:
        raise NotAllowed("enter_project", Role.HANDLER)
    region = ruleset.own.ruleset.region
    project = await act.find(Project, draft_id, lock=True) if draft_id is not None else None
    if project is not None:
        act.must_be_of(project.applicant_id, "enter_project")
    [(name, uscc, certified, id)] = await _APPLICANT.fetch(act.session, organization_id=act.actor.organization_id)
    act.expect(project, Project)
    if project is None:
        return Project(
            id=id,
            number=numbering.issue(act.at),
            region_code=region,
            applicant_id=act.actor.organization_id,
            ruleset_version_id=act.rulesets.version_id(ruleset),
            state=ProjectState.DRAFT,
            created_at=act.at,
            created_by_id=act.actor.account_id or 0,
            revision=0,
            general_contractor=name,
            general_contractor_uscc=uscc,
        ), certified
    if project.state != ProjectState.DRAFT:
        if not entered:
            raise WrongState("Project", str(project.id), project.state, "edit_draft")
        for must_not_stand_against in _BEFORE_CORRECTION:
            await must_not_stand_against(act, project)
    if project.region_code != region:
        raise InvalidInput(("city",), "draft_of_another_city")
    project.ruleset_version_id = act.rulesets.version_id(ruleset)
    return project, certified


def _fill(act: Act, project: Project, ruleset: Ruleset, stated: Mapping[str, Any]) -> dict[str, str]:
    """Write what is stated into the project; what was there before."""
    before = {name: getattr(project, name) for name in stated}
    fill(project, rules.code_choices(ruleset, stated, act.on))
    city_fields.take(act, project, ruleset, "project", {}, partly=True)
    project.revision += 1
    return _texts(before)


def _keys(project: Project) -> tuple[str | None, str | None]:
    """By what the same works are found, and the same permit; None where too little is stated."""
    named = [project.general_contractor, project.owner, project.name]
    works = " ".join(texts.fold(one) for one in named if one) if all(named) else None
    permit = project.construction_permit_number
    return works, texts.fold(permit) if permit else None


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}
