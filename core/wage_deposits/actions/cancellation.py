"""Ending a deposit after the project's completion (注销)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.act import Act
from core.audit import trail
from core.deadlines import alerts
from core.documents.models import Document
from core.errors import Duplicate, InvalidInput, WrongState
from core.projects.models import Project
from core.reviews import actions as reviews
from core.reviews.models import CaseState
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.wage_deposits import expiry, rules
from core.wage_deposits.actions import cases
from core.wage_deposits.models import Cancellation, DepositState, FilingStatus, WageDeposit


@dataclass(frozen=True)
class Statement:
    """What the application states (BX-120, BX-121); anything may be missing here."""

    actual_started_on: date | None
    actual_completed_on: date | None
    public_notice_from: date | None
    handler: str | None
    handler_phone: str | None
    remarks: str | None


async def submit(
    session: AsyncSession,
    act: Act,
    ruleset: Ruleset,
    deposit: WageDeposit,
    stated: Statement,
    files: Mapping[str, Sequence[Document]],
) -> Cancellation:
    """Apply for cancellation, or correct and resubmit a rejected application (BX-125).

    Raises RulesViolated while the project is not completed, the public notice still runs or a material is missing.
    """
    if deposit.state != DepositState.SECURED:
        raise WrongState("WageDeposit", str(deposit.id), deposit.state, "cancel")
    if deposit.filing_status == FilingStatus.APPLYING:
        raise WrongState("WageDeposit", str(deposit.id), deposit.filing_status, "cancel")
    project = await session.get_one(Project, deposit.project_id)
    _must_agree(stated, project)
    cancellation = await _cancellation(session, act, deposit)
    for name, value in vars(stated).items():
        setattr(cancellation, name, value)
    facts = rules.cancellation_facts(ruleset, cancellation, deposit, project, act.on)
    title = project.name or project.number
    await reviews.submit(session, act, cancellation, title=title, ruleset=ruleset, facts=facts, files=files)
    return cancellation


def _must_agree(stated: Statement, project: Project) -> None:
    """Raises InvalidInput for a day that differs from the progress reported."""
    for at, day, reported in (
        ("actualStartedOn", stated.actual_started_on, project.actual_started_on),
        ("actualCompletedOn", stated.actual_completed_on, project.actual_completed_on),
    ):
        if day and reported and day != reported:
            raise InvalidInput((at,), "differs_from_progress", reported=reported)


@reviews.about.register
async def _about(cancellation: Cancellation, session: AsyncSession, ruleset: Ruleset, on: date) -> Facts:
    deposit = await session.get_one(WageDeposit, cancellation.wage_deposit_id)
    project = await session.get_one(Project, deposit.project_id)
    return rules.cancellation_facts(ruleset, cancellation, deposit, project, on)


@reviews.approved.register
async def _approved(cancellation: Cancellation, session: AsyncSession, act: Act) -> None:
    """The deposit ends and its expiry alerts are lifted (BX-126)."""
    deposit = await session.get_one(WageDeposit, cancellation.wage_deposit_id, with_for_update=True)
    before = {"state": deposit.state}
    deposit.state, deposit.cancelled_at = DepositState.CANCELLED, act.at
    await alerts.clear(session, act, kind=expiry.ALERT, project_id=deposit.project_id, by="cancellation")
    await session.flush()
    trail.record(session, act, "wage_deposit.cancel", deposit, before=before, after={"state": deposit.state})


async def _cancellation(session: AsyncSession, act: Act, deposit: WageDeposit) -> Cancellation:
    latest = await session.scalar(
        select(Cancellation)
        .where(Cancellation.wage_deposit_id == deposit.id)
        .order_by(Cancellation.id.desc())
        .limit(1)
        .with_for_update()
    )
    if latest is None:
        return Cancellation(**cases.opened(act, deposit), wage_deposit_id=deposit.id)
    if latest.state != CaseState.REJECTED:
        raise Duplicate("cancellation")
    return latest
