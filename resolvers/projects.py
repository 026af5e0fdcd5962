"""Answers about projects."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any

import strawberry
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from core import access
from core.actor import Act, Role
from core.errors import NotAllowed
from core.paging import Order
from core.projects import actions
from core.projects.models import Project, ProjectState
from resolvers import ids
from resolvers.context import Info
from resolvers.fields.connections import Listing, PageRequest
from resolvers.fields.marks import returns_request
from resolvers.scalars import RegionCode, Uscc, Yuan
from resolvers.transactions import once

LISTING = Listing(Project, [Order(Project.id, descending=True)])


@strawberry.input(description="Which projects; given conditions all hold (筛选条件).")
class ProjectFilter:
    name: str | None = None
    number: str | None = None
    supervising_area: RegionCode | None = None
    region_code: RegionCode | None = None
    state: ProjectState | None = None


@strawberry.input(
    description="The project form, BX-018 to BX-032; what must be filled in the city's form says (项目信息)."
)
class ProjectFields:
    industry_kind: str | None = strawberry.UNSET
    supervising_area: RegionCode | None = strawberry.UNSET
    name: str | None = strawberry.UNSET
    location: str | None = strawberry.UNSET
    area: RegionCode | None = strawberry.UNSET
    kind: str | None = strawberry.UNSET
    category: str | None = strawberry.UNSET
    contract_amount: Yuan | None = strawberry.UNSET
    contract_signed_on: date | None = strawberry.UNSET
    planned_start: date | None = strawberry.UNSET
    planned_end: date | None = strawberry.UNSET
    duration_days: int | None = strawberry.UNSET
    general_contractor: str | None = strawberry.UNSET
    general_contractor_uscc: Uscc | None = strawberry.UNSET
    owner: str | None = strawberry.UNSET
    owner_uscc: Uscc | None = strawberry.UNSET
    wage_pay_day: int | None = strawberry.UNSET
    manager: str | None = strawberry.UNSET
    manager_phone: str | None = strawberry.UNSET
    labour_officer: str | None = strawberry.UNSET
    labour_officer_phone: str | None = strawberry.UNSET


@strawberry.input(description="A project to keep as a draft, or to enter (项目录入).")
class ProjectInput:
    city: str
    fields: ProjectFields
    draft_id: strawberry.ID | None = None
    idempotency_key: str | None = None


@strawberry.input(description="How far the work is, BX-116 (进度).")
class ReportProgressInput:
    project_id: strawberry.ID
    actual_started_on: date | None = None
    expected_completed_on: date | None = None
    actual_completed_on: date | None = None
    idempotency_key: str | None = None


@returns_request
def page(
    info: Info, first: int = 10, after: str | None = None, filter: ProjectFilter | None = None
) -> PageRequest[Project]:
    return LISTING.page(info, first=first, after=after, where=conditions(filter))


def conditions(filter: ProjectFilter | None) -> Sequence[ColumnElement[bool]]:
    """The filter as conditions on the project's own columns."""
    if filter is None:
        return []
    exact = {
        Project.number: filter.number,
        Project.supervising_area: filter.supervising_area,
        Project.region_code: filter.region_code,
        Project.state: filter.state.value if filter.state else None,
    }
    found: list[ColumnElement[bool]] = [column == value for column, value in exact.items() if value is not None]
    return [*found, Project.name.contains(filter.name, autoescape=True)] if filter.name else found


async def save_draft(info: Info, input: ProjectInput) -> Project:
    return await _stated(info, input, actions.save_draft)


async def enter(info: Info, input: ProjectInput) -> Project:
    return await _stated(info, input, actions.enter)


async def report_progress(info: Info, input: ReportProgressInput) -> Project:
    rulesets = info.context.rulesets

    async def action(session: AsyncSession, act: Act) -> Project:
        if act.actor.role is not Role.HANDLER:
            raise NotAllowed("report_progress", Role.HANDLER)
        id = ids.of(input.project_id, "Project")
        project = await access.find(session, Project, id, act.actor, lock=True)
        return await actions.report_progress(
            session,
            act,
            await rulesets.get_pinned(session, project.ruleset_version_id),
            project,
            actual_started_on=input.actual_started_on,
            expected_completed_on=input.expected_completed_on,
            actual_completed_on=input.actual_completed_on,
        )

    return await once(info, input, Project, action)


async def _stated(info: Info, input: ProjectInput, save: Any) -> Project:
    rulesets = info.context.rulesets
    ruleset = rulesets.of(input.city)
    stated = {
        field.name: value
        for field in fields(input.fields)
        if (value := getattr(input.fields, field.name)) is not strawberry.UNSET
    }
    draft_id = ids.of(input.draft_id, "Project") if input.draft_id else None

    async def action(session: AsyncSession, act: Act) -> Project:
        return await save(session, act, ruleset, rulesets.version_id(ruleset), stated, draft_id=draft_id)

    return await once(info, input, Project, action)
