"""Answers about projects."""

from collections.abc import Sequence
from datetime import date

import strawberry
from sqlalchemy import ColumnElement

from core import access
from core.actor import ROLE_NAMES, Role
from core.errors import NotAllowed
from core.paging import Order
from core.projects import actions
from core.projects.models import Project, ProjectState
from resolvers import ids
from resolvers.context import Info
from resolvers.fields.connections import Asked, Listing
from resolvers.fields.marks import asks
from resolvers.inputs import given
from resolvers.scalars import RegionCode, Uscc, Yuan
from resolvers.transactions import RequestedAct, act

LISTING = Listing(Project, [Order(Project.id, descending=True)])


@strawberry.input(description="Which projects. Given conditions all hold.")
class ProjectFilter:
    name: str | None = strawberry.field(default=None, description="Part of the 工程名称.")
    number: str | None = strawberry.field(default=None, description="The whole 工程编号.")
    supervising_area: RegionCode | None = None
    region_code: RegionCode | None = None
    state: ProjectState | None = None


@strawberry.input(description="The project form (BX-018 to BX-032). What must be filled in the city's form says.")
class ProjectFields:
    industry_kind: str | None = strawberry.field(default=strawberry.UNSET, description="行业主管类型")
    supervising_area: RegionCode | None = strawberry.field(default=strawberry.UNSET, description="主管地区")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="工程名称")
    location: str | None = strawberry.field(default=strawberry.UNSET, description="工程地点")
    area: RegionCode | None = strawberry.field(default=strawberry.UNSET, description="工程地区")
    kind: str | None = strawberry.field(default=strawberry.UNSET, description="工程类型")
    category: str | None = strawberry.field(default=strawberry.UNSET, description="项目种类, such as 政府投资项目")
    contract_amount: Yuan | None = strawberry.field(default=strawberry.UNSET, description="施工合同金额, in yuan")
    contract_signed_on: date | None = strawberry.field(default=strawberry.UNSET, description="施工合同签订日")
    planned_start: date | None = strawberry.field(default=strawberry.UNSET, description="计划建设日期, first day")
    planned_end: date | None = strawberry.field(default=strawberry.UNSET, description="计划建设日期, last day")
    duration_days: int | None = strawberry.field(
        default=strawberry.UNSET, description="工期, calendar days, both ends counted"
    )
    general_contractor: str | None = strawberry.field(
        default=strawberry.UNSET, description="施工总承包单位名称; the caller's enterprise unless stated"
    )
    general_contractor_uscc: Uscc | None = strawberry.field(
        default=strawberry.UNSET, description="总包单位统一社会信用代码; the caller's enterprise's unless stated"
    )
    owner: str | None = strawberry.field(default=strawberry.UNSET, description="建设单位")
    owner_uscc: Uscc | None = strawberry.field(default=strawberry.UNSET, description="建设单位统一社会信用代码")
    wage_pay_day: int | None = strawberry.field(default=strawberry.UNSET, description="工资发放日, day of the month")
    manager: str | None = strawberry.field(default=strawberry.UNSET, description="项目经理")
    manager_phone: str | None = strawberry.field(default=strawberry.UNSET, description="项目经理电话")
    labour_officer: str | None = strawberry.field(default=strawberry.UNSET, description="劳资专管员")
    labour_officer_phone: str | None = strawberry.field(default=strawberry.UNSET, description="劳资专管员电话")


@strawberry.input(description="A project to keep as a draft, or to enter.")
class ProjectInput:
    city: str = strawberry.field(description="The city whose rules apply: `benxi` or `210500`.")
    fields: ProjectFields
    draft_id: strawberry.ID | None = strawberry.field(default=None, description="The draft to go on with.")
    idempotency_key: str | None = None


@strawberry.input(description="How far the work is (BX-116).")
class ReportProgressInput:
    project_id: strawberry.ID
    actual_started_on: date | None = strawberry.field(default=None, description="实际开工日期")
    expected_completed_on: date | None = strawberry.field(default=None, description="预计竣工日期")
    actual_completed_on: date | None = strawberry.field(
        default=None, description="实际竣工日期; completes the project, and must not lie in the future (BX-115)"
    )
    idempotency_key: str | None = None


@asks
def page(info: Info, first: int = 10, after: str | None = None, filter: ProjectFilter | None = None) -> Asked[Project]:
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


@act
async def save_draft(act: RequestedAct, input: ProjectInput) -> Project:
    ruleset, draft_id = act.rulesets.of(input.city), _draft_id(input)
    version_id = act.rulesets.version_id(ruleset)
    return await actions.save_draft(act.session, act, ruleset, version_id, given(input.fields), draft_id=draft_id)


@act
async def enter(act: RequestedAct, input: ProjectInput) -> Project:
    ruleset, draft_id = act.rulesets.of(input.city), _draft_id(input)
    version_id = act.rulesets.version_id(ruleset)
    return await actions.enter(act.session, act, ruleset, version_id, given(input.fields), draft_id=draft_id)


@act
async def report_progress(act: RequestedAct, input: ReportProgressInput) -> Project:
    if act.actor.role is not Role.HANDLER:
        raise NotAllowed("填报工程进度", ROLE_NAMES[Role.HANDLER])
    id = ids.of(input.project_id, "Project", "项目")
    project = await access.find(act.session, Project, id, act.actor, what="项目", lock=True)
    return await actions.report_progress(
        act.session,
        act,
        await act.rulesets.pinned(act.session, project.ruleset_version_id),
        project,
        actual_started_on=input.actual_started_on,
        expected_completed_on=input.expected_completed_on,
        actual_completed_on=input.actual_completed_on,
    )


def _draft_id(input: ProjectInput) -> int | None:
    return ids.of(input.draft_id, "Project", "项目") if input.draft_id else None
