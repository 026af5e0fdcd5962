"""Applying for the quota, and the deposit that an approval brings."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import access, numbering
from core.act import Act
from core.audit import trail
from core.decisions import Violation
from core.documents.models import Document
from core.errors import Duplicate, NotApplicable, RulesViolated, WrongState
from core.identity.models import Authority, Enterprise
from core.projects.models import Project, ProjectState
from core.reviews import actions as reviews
from core.reviews.models import CaseState
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.wage_deposits import rules
from core.wage_deposits.models import (
    ApplicationType,
    DepositState,
    EntryMode,
    FilingStatus,
    QuotaApplication,
    WageDeposit,
)
from core.wage_deposits.rules import Quota

_BEGINNING = {
    ApplicationType.ORDINARY: (DepositState.AWAITING_PAYMENT, FilingStatus.UNFILED),
    ApplicationType.DEFERRED: (DepositState.DEFERRED, FilingStatus.NOT_REQUIRED),
    ApplicationType.EXEMPT: (DepositState.WAIVED, FilingStatus.NOT_REQUIRED),
}
"""Where a deposit stands when its quota is approved."""


async def submit(
    session: AsyncSession,
    act: Act,
    ruleset: Ruleset,
    version_id: int,
    project: Project,
    quota: Quota,
    files: Mapping[str, Sequence[Document]],
    *,
    correcting: int | None = None,
) -> QuotaApplication:
    """Apply for a project's quota, or correct and resubmit a rejected application (BX-050).

    Raises RulesViolated with everything missing or broken, and Duplicate while another application of the project is
    under review or its deposit alive; a deferred deposit waits for just such an application.
    """
    if project.state == ProjectState.DRAFT:
        raise WrongState("Project", str(project.id), project.state, "apply_for_quota")
    application = await _application(session, act, version_id, project, correcting)
    decision = rules.requested_amount(ruleset, quota, act.on)
    requested = rules.amount_of(decision)
    facts = await facts_of(session, project, quota, requested, act.on)
    required = rules.required_amount(ruleset, facts, act.on)
    # Written last: what the form will refuse must not reach the table by a query in between.
    stated: dict[str, Any] = {**vars(quota), "requested_amount": requested}
    for name, value in stated.items():
        setattr(application, name, value)
    try:
        await reviews.submit(
            session,
            act,
            application,
            title=project.name or project.number,
            ruleset=ruleset,
            facts={**facts, "application.covers_required_amount": rules.reaches(requested, required)},
            files=files,
            decisions=[decision, required],
        )
    except RulesViolated as broken:
        raise RulesViolated([_at_input(violation, quota) for violation in broken.violations]) from None
    return application


async def facts_of(session: AsyncSession, project: Project, quota: Quota, requested: Decimal | None, on: date) -> Facts:
    """The facts of an application, the enterprise's and the office's among them."""
    enterprise = await session.get_one(Enterprise, project.applicant_id)
    office = await session.get(Authority, project.office_id) if project.office_id else None
    return rules.quota_facts(project, enterprise, office, quota, requested, on)


@reviews.about.register
async def _about(application: QuotaApplication, session: AsyncSession, ruleset: Ruleset, on: date) -> Facts:
    project = await session.get_one(Project, application.project_id)
    return await facts_of(session, project, rules.stated_in(application), application.requested_amount, on)


@reviews.approved.register
async def _approved(application: QuotaApplication, session: AsyncSession, act: Act) -> None:
    """An approved quota brings the deposit. An exempt one has nothing to pay (BX-058); a deferred one nothing yet, and
    the quota that ends the deferral takes its deposit over (BX-059)."""
    deferred = select(WageDeposit).where(
        WageDeposit.project_id == application.project_id, WageDeposit.state == DepositState.DEFERRED
    )
    deposit = await session.scalar(deferred.with_for_update())
    before = {"state": deposit.state, "application": deposit.quota_application_id} if deposit else None
    if deposit is None:
        deposit = WageDeposit(
            region_code=application.region_code,
            applicant_id=application.applicant_id,
            office_id=application.office_id,
            authority_id=application.authority_id,
            project_id=application.project_id,
            created_at=act.at,
        )
        session.add(deposit)
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
    await session.flush()
    after = {"state": deposit.state, "application": application.id}
    trail.record(session, act, "wage_deposit.open", deposit, before=before, after=after)


def _at_input(violation: Violation, quota: Quota) -> Violation:
    """The violation at the input's field, where the rules call it by another name."""
    value = "entry_amount" if quota.entry_mode == EntryMode.AMOUNT else "entry_ratio"
    names = {"type": "application_type", "entry_value": value}
    return replace(violation, path=[names.get(name, name) for name in violation.path])


async def _application(
    session: AsyncSession, act: Act, version_id: int, project: Project, correcting: int | None
) -> QuotaApplication:
    if correcting is not None:
        found = await access.find(session, QuotaApplication, correcting, act.actor, lock=True)
        if found.project_id != project.id:
            raise NotApplicable("QuotaApplication", str(found.id), "of_another_project")
        return found
    await access.find(session, Project, project.id, act.actor, lock=True)
    open_ones = select(QuotaApplication.id).where(
        QuotaApplication.project_id == project.id,
        QuotaApplication.state.in_((CaseState.SUBMITTED, CaseState.REJECTED)),
    )
    if await session.scalar(open_ones):
        raise Duplicate("quota_application")
    alive = select(WageDeposit.id).where(
        WageDeposit.project_id == project.id,
        WageDeposit.state.not_in((DepositState.CANCELLED, DepositState.DEFERRED)),
    )
    if await session.scalar(alive):
        raise Duplicate("wage_deposit")
    return QuotaApplication(
        region_code=project.region_code,
        applicant_id=project.applicant_id,
        office_id=project.office_id,
        authority_id=project.authority_id,
        ruleset_version_id=version_id,
        state=CaseState.DRAFT,
        created_at=act.at,
        created_by_id=act.actor.account_id or 0,
        project_id=project.id,
        batch_number=numbering.issue(act.at),
    )
