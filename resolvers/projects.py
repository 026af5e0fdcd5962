"""Answers about projects."""

from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, and_, false, func

from core.actor import Role
from core.paging import OneOf, Order
from core.projects import actions
from core.projects.models import Project, ProjectState
from core.rulesets.language.format import DirectoryEntry
from core.statements import stated
from resolvers import ids
from resolvers.city_fields import CityFieldInput
from resolvers.context import Context, Info
from resolvers.fields import Listing, Narrowing, batched, begins, contains, lists, one_of
from resolvers.identity import Done
from resolvers.inputs import given_fields
from resolvers.ranges import AmountRange, DayRange, amount_in, day_in, lies_in
from resolvers.scalars import RegionCode, Uscc, Yuan
from resolvers.transactions import RequestedAct, act


@strawberry.enum(description="In which order projects are listed (排序).")
class ProjectOrder(Enum):
    NEWEST_FIRST = "newest_first"
    NUMBER = "number"
    NAME = "name"
    LARGEST_FIRST = "largest_first"
    SMALLEST_FIRST = "smallest_first"
    PLANNED_START = "planned_start"


_NEWEST_FIRST = [Order(Project.id, descending=True)]
LISTING = Listing(
    Project,
    _NEWEST_FIRST,
    {
        ProjectOrder.NEWEST_FIRST: _NEWEST_FIRST,
        ProjectOrder.NUMBER: [Order(Project.number), Order(Project.id)],
        ProjectOrder.NAME: [Order(Project.name_key), Order(Project.id)],
        ProjectOrder.LARGEST_FIRST: [Order(Project.contract_amount_fen, descending=True), *_NEWEST_FIRST],
        ProjectOrder.SMALLEST_FIRST: [Order(Project.contract_amount_fen), Order(Project.id)],
        ProjectOrder.PLANNED_START: [Order(Project.planned_start), Order(Project.id)],
    },
)


@strawberry.input(description="Which projects; given conditions all hold (筛选条件).")
class ProjectFilter:
    name: str | None = None
    number: str | None = None
    number_prefix: str | None = None
    supervising_area: RegionCode | None = None
    region_code: RegionCode | None = None
    states: list[ProjectState] | None = None
    contract_amount: AmountRange | None = None
    planned_start: DayRange | None = None


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
    construction_permit_number: str | None = strawberry.UNSET
    construction_permit_on: date | None = strawberry.UNSET
    wage_pay_day: int | None = strawberry.UNSET
    manager: str | None = strawberry.UNSET
    manager_phone: str | None = strawberry.UNSET
    labour_officer: str | None = strawberry.UNSET
    labour_officer_phone: str | None = strawberry.UNSET


@strawberry.input(description="A project to keep as a draft, or to enter (项目录入).")
class ProjectInput:
    city: str
    fields: ProjectFields
    city_fields: list[CityFieldInput] | None = None
    draft_id: strawberry.ID | None = None
    expected_revision: int | None = None
    idempotency_key: str | None = None


@strawberry.input(description="A draft to delete (删除草稿).")
class DeleteDraftInput:
    draft_id: strawberry.ID
    expected_revision: int | None = None
    idempotency_key: str | None = None


@strawberry.input(description="How far the work is, BX-116 (进度).")
class ReportProgressInput:
    project_id: strawberry.ID
    actual_started_on: date | None = None
    expected_completed_on: date | None = None
    actual_completed_on: date | None = None
    city_fields: list[CityFieldInput] | None = None
    expected_revision: int | None = None
    idempotency_key: str | None = None


@lists(LISTING)
def page(info: Info, filter: ProjectFilter | None = None) -> Narrowing:
    if filter is None:
        return []
    bounds = _bounds(filter)
    return [*_told(filter), *(_unindexed(bounds) if info.context.actor.role is Role.HANDLER else bounds)]


def conditions(filter: ProjectFilter) -> Sequence[ColumnElement[bool]]:
    """The filter as conditions on the project of a row that is listed."""
    told = [one.condition if isinstance(one, OneOf) else one for one in _told(filter)]
    return [*told, *_unindexed(_bounds(filter))]


def _unindexed(bounds: Sequence[ColumnElement[bool]]) -> Sequence[ColumnElement[bool]]:
    """Bounds for which no index is asked, that would find everybody's projects: of rows that are found otherwise."""
    return [func.coalesce(and_(*bounds), false())] if bounds else []


def _told(filter: ProjectFilter) -> Narrowing:
    exact = {Project.number: filter.number, Project.region_code: filter.region_code}
    found = [*(column == value for column, value in exact.items() if value is not None)]
    if filter.supervising_area is not None:
        found.append(lies_in(Project.supervising_area, filter.supervising_area))
    if filter.name:
        found.append(contains(Project.name_key, filter.name))
    return [*found, *one_of(Project.state, filter.states)]


def _bounds(filter: ProjectFilter) -> Sequence[ColumnElement[bool]]:
    found = [*begins(Project.number, filter.number_prefix)]
    if filter.contract_amount:
        found += amount_in(Project.contract_amount_fen, filter.contract_amount)
    if filter.planned_start:
        found += day_in(Project.planned_start, filter.planned_start)
    return found


@act
async def save_draft(act: RequestedAct, input: ProjectInput) -> Project:
    ruleset, given = act.rulesets.of(input.city), given_fields(input.fields)
    return await actions.save_draft(act, ruleset, given, draft_id=_draft_id(input))


@act
async def enter(act: RequestedAct, input: ProjectInput) -> Project:
    ruleset, given = act.rulesets.of(input.city), given_fields(input.fields)
    return await actions.enter(act, ruleset, given, draft_id=_draft_id(input))


@act
async def delete_draft(act: RequestedAct, input: DeleteDraftInput) -> Done:
    await actions.delete_draft(act, ids.decode_as(input.draft_id, "Project"))
    return Done(1)


@act
async def report_progress(act: RequestedAct, input: ReportProgressInput) -> Project:
    id, progress = ids.decode_as(input.project_id, "Project"), stated(input, actions.Progress)
    return await actions.report_progress(act, id, progress)


def _draft_id(input: ProjectInput) -> int | None:
    return ids.decode_optional(input.draft_id, "Project")


async def _enquiries(context: Context, _: type[Any], rows: Sequence[Project]) -> Sequence[Sequence[DirectoryEntry]]:
    """As the city's directory has them today, whatever rules the project began under."""
    return [context.rulesets.of_case(row.region_code).enquiries(row.supervising_area, context.on) for row in rows]


enquiries = batched(_enquiries, "region_code", "supervising_area")
