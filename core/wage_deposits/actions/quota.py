"""Applying for the quota, and the deposit that an approval brings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, literal_column, or_, select
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.orm.attributes import set_committed_value

from core import numbering
from core.access import Concerning
from core.act import Act
from core.actor import Role
from core.audit import trail
from core.contractor_records import queries as records
from core.db import next_id
from core.db.prepared import PreparedStatement
from core.decisions import Violation
from core.documents import actions as documents
from core.errors import Duplicate, NotApplicable, WrongState
from core.identity.models import ORGANIZATIONS
from core.projects import actions as projects
from core.projects.models import Project, ProjectState
from core.reviews import actions as reviews
from core.reviews import city_fields
from core.reviews.models import CaseState
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.statements import fill, stated
from core.wage_deposits import rules
from core.wage_deposits.actions import deferral
from core.wage_deposits.models import (
    ApplicationType,
    DepositState,
    EntryMode,
    FilingStatus,
    QuotaApplication,
    WageDeposit,
)
from core.wage_deposits.rules import Parties, Quota

_BEGINNING = {
    ApplicationType.ORDINARY: (DepositState.AWAITING_PAYMENT, FilingStatus.UNFILED),
    ApplicationType.DEFERRED: (DepositState.DEFERRED, FilingStatus.NOT_REQUIRED),
    ApplicationType.EXEMPT: (DepositState.WAIVED, FilingStatus.NOT_REQUIRED),
}
"""Where a deposit stands when its quota is approved."""


async def submit(
    act: Act, project_id: int, quota: Quota, materials: Mapping[str, Sequence[int]], *, correcting: int | None = None
) -> QuotaApplication:
    """Apply for a project's quota, or correct and resubmit a rejected application (BX-050).

    Raises RulesViolated with everything missing or broken, and Duplicate while another application of the project is
    under review or its deposit alive; a deferred deposit waits for just such an application.
    """
    act.must_be(Role.HANDLER, "apply_for_quota")
    project = await act.find(Project, project_id, lock=True)
    act.must_be_of(project.applicant_id, "apply_for_quota")
    application = await _find_rejected(act, project, correcting) if correcting is not None else None
    act.expect(application, QuotaApplication)
    files = await documents.find(act, materials)
    if project.state == ProjectState.DRAFT:
        raise WrongState("Project", str(project.id), project.state, "apply_for_quota")
    surroundings = await _read_surroundings(act, project)
    if application is None:
        ruleset = act.rulesets.of_case(project.region_code)
        application = _begin(act, ruleset, project, surroundings)
    else:
        ruleset = await act.rules(application.ruleset_version_id)
        fill(application, Concerning.like(project))  # whose it is to review may have been corrected
    contract_stated, quota = quota.contract_amount, rules.on_contract_of(project, quota)
    decision = rules.requested_amount(ruleset, quota, act.on)
    requested, parties = rules.amount_of(decision), surroundings.parties
    facts = rules.quota_facts(ruleset, project, parties, quota, requested, act.on, contract_stated=contract_stated)
    facts = city_fields.take(act, application, ruleset, QuotaApplication.procedure, facts)
    required, *others = rules.basis(ruleset, facts, parties.record, act.on)
    fill(application, {**vars(quota), "requested_amount": requested})
    await reviews.submit(
        act,
        application,
        title=project.title,
        ruleset=ruleset,
        facts={**facts, "application.covers_required_amount": rules.reaches(requested, required)},
        files=files,
        decisions=[decision, required, *others],
        at_input=lambda violation: _at_input(violation, quota),
    )
    return application


@projects.before_correction
async def _must_not_be_decided(act: Act, project: Project) -> None:
    """Raises NotApplicable while a quota application of the project waits for its office, or once one was approved:
    what the office looks at, and what it approved, changes only before its eyes."""
    mine = (
        QuotaApplication.project_id == project.id,
        _one_of(QuotaApplication.state, CaseState.APPROVED, CaseState.SUBMITTED),
    )
    found = await act.session.execute(select(QuotaApplication.id, QuotaApplication.state).where(*mine))
    states = {state: id for id, state in found}
    if approved := states.get(CaseState.APPROVED):
        raise NotApplicable("QuotaApplication", str(approved), "approved_against_correction")
    if waiting := states.get(CaseState.SUBMITTED):
        raise NotApplicable("QuotaApplication", str(waiting), "stands_against_correction")


@reviews.facts_of_case.register
async def _facts(application: QuotaApplication, act: Act, ruleset: Ruleset) -> Facts:
    project = await _project_of(application, act)
    parties, quota = (await _read_surroundings(act, project)).parties, stated(application, Quota)
    facts = rules.quota_facts(
        ruleset,
        project,
        parties,
        rules.on_contract_of(project, quota),
        application.requested_amount,
        act.on,
        contract_stated=quota.contract_amount,
    )
    application.basis_today = rules.basis(ruleset, facts, parties.record, act.on)
    return facts


@reviews.authors_of_case.register
async def _authors(application: QuotaApplication, act: Act) -> Collection[int]:
    return {application.created_by_id, (await _project_of(application, act)).created_by_id}


async def _project_of(application: QuotaApplication, act: Act) -> Project:
    """Asked for once in an act."""
    if "project" not in vars(application):
        set_committed_value(application, "project", await act.session.get_one(Project, application.project_id))
    return application.project


@reviews.on_approved.register
async def _open_deposit(application: QuotaApplication, act: Act) -> None:
    """An approved quota brings the deposit. An exempt one has nothing to pay (BX-058); a deferred one nothing yet, and
    the quota that ends the deferral takes its deposit over (BX-059)."""
    [(id, deferred_id)] = await _DEPOSITS.fetch(act.session, project_id=application.project_id)
    found = await act.session.get_one(WageDeposit, deferred_id, with_for_update=True) if deferred_id else None
    deposit = found or WageDeposit(
        id=id,
        **Concerning.like(application),
        project_id=application.project_id,
        used_amount=Decimal(0),
        created_at=act.at,
    )
    before = {"state": found.state, "application": found.quota_application_id} if found else None
    deposit.quota_application_id = application.id
    deposit.ruleset_version_id = application.ruleset_version_id
    deposit.application_type = application.application_type
    deposit.payment_method = application.payment_method
    deposit.contract_amount = application.contract_amount
    deposit.amount_due = application.requested_amount
    deposit.secured_amount = application.secured_amount
    deposit.handler = application.handler
    deposit.handler_phone = application.handler_phone
    deposit.state, deposit.filing_status = _BEGINNING[ApplicationType(application.application_type)]
    if found is None:
        act.insert(deposit)
    else:
        await deferral.close(act, application.project_id, by="wage_deposit.open")
    # What the officer approved on: the record may have been stated since the application was handed in.
    reviews.keep_decisions(act, application, "approve", application.basis_today)
    after = {"state": deposit.state, "application": application.id}
    trail.record(act, "wage_deposit.open", deposit, before=before, after=after)


def _at_input(violation: Violation, quota: Quota) -> Violation:
    """The violation at the input's field, where the rules call it by another name."""
    value = "entry_amount" if quota.entry_mode == EntryMode.AMOUNT else "entry_ratio"
    names = {"type": "application_type", "entry_value": value, "application.requested_amount": value}
    return replace(violation, path=[names.get(name, name) for name in violation.path])


async def _find_rejected(act: Act, project: Project, id: int) -> QuotaApplication:
    found = await act.find(QuotaApplication, id, lock=True)
    if found.project_id != project.id:
        raise NotApplicable("QuotaApplication", str(found.id), "of_another_project")
    return found


def _begin(act: Act, ruleset: Ruleset, project: Project, surroundings: "_Surroundings") -> QuotaApplication:
    """A new application; raises Duplicate for a project that has one already, or what came of it."""
    if surroundings.open_application:
        raise Duplicate("quota_application")
    if surroundings.living_deposit:
        raise Duplicate("wage_deposit")
    return QuotaApplication(
        **Concerning.like(project),
        ruleset_version_id=act.rulesets.version_id(ruleset),
        state=CaseState.DRAFT,
        created_at=act.at,
        created_by_id=act.actor.account_id or 0,
        project_id=project.id,
        batch_number=numbering.issue(act.at),
    )


@dataclass(frozen=True)
class _Surroundings:
    """Who takes part in a project, and whether something is under way for it already."""

    parties: Parties
    open_application: bool
    living_deposit: bool


async def _read_surroundings(act: Act, project: Project) -> _Surroundings:
    [(name, certified, office, record, other_projects, same_works, *under_way)] = await _SURROUNDINGS.fetch(
        act.session,
        project_id=project.id,
        applicant_id=project.applicant_id,
        office_id=project.office_id,
        region_code=project.region_code,
        works_key=project.works_key,
        permit_key=project.permit_key,
        on=act.on,
    )
    return _Surroundings(Parties(name, certified, office, records.read(record), other_projects, same_works), *under_way)


def _one_of(column: Any, *values: str) -> ColumnElement[bool]:
    return column.in_([literal_column(f"'{value}'") for value in values])


def _entered_elsewhere(key: QueryableAttribute[str | None]) -> ColumnElement[bool]:
    """Whether another project of the city, be it another enterprise's, goes by the same key."""
    same = (key == bindparam(key.key), Project.region_code == bindparam("region_code"))
    return exists().where(*same, Project.id != bindparam("project_id"))


_OFFICES = ORGANIZATIONS.alias()
_UNDER_WAY = (ProjectState.ENTERED, ProjectState.UNDER_CONSTRUCTION)
_SURROUNDINGS = PreparedStatement(
    select(
        ORGANIZATIONS.c.name,
        ORGANIZATIONS.c.certified_at.is_not(None),
        select(_OFFICES.c.name).where(_OFFICES.c.id == bindparam("office_id")).scalar_subquery(),
        records.in_force(),
        exists().where(
            Project.applicant_id == bindparam("applicant_id"),
            Project.region_code == bindparam("region_code"),
            Project.id < bindparam("project_id"),  # this one is the second or a later
            _one_of(Project.state, *_UNDER_WAY),
        ),
        or_(_entered_elsewhere(Project.works_key), _entered_elsewhere(Project.permit_key)),
        exists().where(
            QuotaApplication.project_id == bindparam("project_id"),
            _one_of(QuotaApplication.state, CaseState.SUBMITTED, CaseState.REJECTED),
        ),
        exists().where(
            WageDeposit.project_id == bindparam("project_id"),
            ~_one_of(WageDeposit.state, DepositState.CANCELLED, DepositState.DEFERRED),
        ),
    ).where(ORGANIZATIONS.c.id == bindparam("applicant_id"))
)
_DEFERRED = select(WageDeposit.id).where(
    WageDeposit.project_id == bindparam("project_id"), _one_of(WageDeposit.state, DepositState.DEFERRED)
)
_DEPOSITS = PreparedStatement(select(next_id(WageDeposit), _DEFERRED.scalar_subquery()))
"""An id for a new deposit, and the project's deferred one."""
