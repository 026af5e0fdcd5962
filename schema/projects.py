"""Construction projects."""

from datetime import date, datetime

from core.projects import models
from core.projects.models import STATE_NAMES, ProjectState
from resolvers import city_fields, deadlines, next_steps, projects, reviews, warnings
from resolvers.labels import label_of, named
from resolvers.scalars import RegionCode, Uscc, Yuan
from schema.city_fields import CityField
from schema.deadlines import Alert
from schema.decisions import Decision, Violation
from schema.fields import Connection, Node, answered_by, mutation, represents, root_field
from schema.identity import Authority, Enterprise
from schema.next_steps import Step
from schema.rulesets import DirectoryEntry


@represents(models.Project, "A construction project (工程项目).")
class Project(Node):
    number: str
    region_code: RegionCode
    state: ProjectState
    state_label: str = answered_by(named("state", STATE_NAMES))
    created_at: datetime
    revision: int
    industry_kind: str | None
    industry_kind_label: str | None = answered_by(label_of("project.industry_kind", "industry_kind"))
    supervising_area: RegionCode | None
    industry_authority: Authority | None
    hrss_office: Authority | None
    name: str | None
    location: str | None
    area: RegionCode | None
    kind: str | None
    kind_label: str | None = answered_by(label_of("project.kind", "kind"))
    category: str | None
    category_label: str | None = answered_by(label_of("project.category", "category"))
    contract_amount: Yuan | None
    contract_signed_on: date | None
    planned_start: date | None
    planned_end: date | None
    duration_days: int | None
    general_contractor: str | None
    general_contractor_uscc: Uscc | None
    owner: str | None
    owner_uscc: Uscc | None
    wage_pay_day: int | None
    manager: str | None
    manager_phone: str | None
    labour_officer: str | None
    labour_officer_phone: str | None
    actual_started_on: date | None
    expected_completed_on: date | None
    actual_completed_on: date | None
    construction_permit_number: str | None
    construction_permit_on: date | None
    city_fields: list[CityField] = answered_by(city_fields.city_fields)
    applicant: Enterprise
    contractor: Enterprise | None
    owner_enterprise: Enterprise | None
    decisions: list[Decision] = answered_by(reviews.decisions)
    warnings: list[Violation] = answered_by(warnings.of_revised)
    enquiries: list[DirectoryEntry] = answered_by(projects.enquiries)
    alerts: list[Alert] = answered_by(deadlines.of_project)
    next_steps: list[Step] = answered_by(next_steps.of_project)


class Queries:
    projects: Connection[Project] = root_field(projects.page, "Projects the caller may see, newest first (项目列表).")


class Mutations:
    save_project_draft = mutation(projects.save_draft, "Keep what is filled in so far (保存草稿).")
    delete_draft = mutation(projects.delete_draft, "Delete a draft that was never entered (删除草稿).")
    enter_project = mutation(
        projects.enter,
        "Enter a project, from a draft or at once; or correct an entered one of which nothing is approved (项目录入).",
    )
    report_progress = mutation(
        projects.report_progress,
        "State how far the work is; an actual completion date completes the project (报告进度).",
    )
