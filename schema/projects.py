"""Construction projects."""

from datetime import date, datetime

import strawberry

from core.projects import models
from core.projects.models import ProjectState
from resolvers import deadlines, next_steps, projects, reviews
from resolvers.scalars import RegionCode, Uscc, Yuan
from schema.deadlines import Alert
from schema.decisions import Decision
from schema.fields import Node, answered_by, represents, root_field
from schema.identity import Authority, Enterprise
from schema.mutations import mutation
from schema.next_steps import Step
from schema.paging import Connection


@strawberry.type(description="A construction project (工程项目).")
@represents(models.Project)
class Project(Node):
    number: str = strawberry.field(description="工程编号: 19 digits, as text.")
    region_code: RegionCode = strawberry.field(description="The city whose rules apply.")
    state: ProjectState
    created_at: datetime
    industry_kind: str | None = strawberry.field(description="行业主管类型.")
    supervising_area: RegionCode | None = strawberry.field(description="主管地区.")
    industry_authority: Authority | None = strawberry.field(
        description="行业主管单位, derived from industry and area (BX-020)."
    )
    hrss_office: Authority | None = strawberry.field(description="人社监管单位: who reviews (BX-021).")
    name: str | None
    location: str | None
    area: RegionCode | None = strawberry.field(description="工程地区.")
    kind: str | None = strawberry.field(description="工程类型.")
    category: str | None = strawberry.field(description="项目种类, such as 政府投资项目.")
    contract_amount: Yuan | None = strawberry.field(description="施工合同金额.")
    contract_signed_on: date | None
    planned_start: date | None
    planned_end: date | None
    duration_days: int | None = strawberry.field(description="工期: calendar days, both ends counted.")
    general_contractor: str | None
    general_contractor_uscc: Uscc | None
    owner: str | None = strawberry.field(description="建设单位.")
    owner_uscc: Uscc | None
    wage_pay_day: int | None = strawberry.field(description="工资发放日: day of the month.")
    manager: str | None
    manager_phone: str | None
    labour_officer: str | None = strawberry.field(description="劳资专管员.")
    labour_officer_phone: str | None
    actual_started_on: date | None
    expected_completed_on: date | None
    actual_completed_on: date | None
    contractor: Enterprise = strawberry.field(description="The enterprise that entered the project.")
    decisions: list[Decision] = answered_by(
        reviews.decisions, "What entering it and reporting progress rested on, warnings among them, as it was then."
    )
    alerts: list[Alert] = answered_by(deadlines.of_project, "Alerts on this project's deposits.")
    next_steps: list[Step] = answered_by(
        next_steps.of_project, "What can be done now, by whom, by when, and the rule that says so."
    )


@strawberry.type
class ProjectQueries:
    projects: Connection[Project] = root_field(projects.page, "Projects the caller may see, newest first.")


@strawberry.type
class ProjectMutations:
    save_project_draft = mutation(projects.save_draft, "Keep what is filled in so far.")
    enter_project = mutation(projects.enter, "Enter a project, from a draft or at once.")
    report_progress = mutation(
        projects.report_progress, "State how far the work is; an actual completion date completes the project."
    )
