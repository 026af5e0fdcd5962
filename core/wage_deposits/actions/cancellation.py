"""Ending a deposit after the project's completion (注销)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from core.act import Act
from core.audit import trail
from core.deadlines import alerts
from core.decisions import Violation
from core.documents import actions as documents
from core.errors import Duplicate, InvalidInput, WrongState
from core.guarantees import expiry
from core.guarantees.actions import instruments
from core.projects.models import Project
from core.reviews import actions as reviews
from core.reviews.models import CaseState
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.statements import fill, stated
from core.wage_deposits import rules
from core.wage_deposits.actions import cases, payment, replenishment
from core.wage_deposits.models import Cancellation, DepositState, FilingStatus, WageDeposit


@dataclass(frozen=True)
class CancellationStatement:
    """What the application states (BX-120, BX-121); anything may be missing here."""

    actual_started_on: date | None
    actual_completed_on: date | None
    public_notice_from: date | None
    handler: str | None
    handler_phone: str | None
    remarks: str | None


async def submit(
    act: Act, deposit_id: int, statement: CancellationStatement, materials: Mapping[str, Sequence[int]]
) -> Cancellation:
    """Apply for cancellation, or correct and resubmit a rejected application (BX-125).

    Raises RulesViolated while the project is not completed, the public notice still runs or a material is missing.
    """
    deposit, ruleset = await cases.find_deposit(act, deposit_id)
    files = await documents.find(act, materials)
    if not rules.stands(deposit):
        raise WrongState("WageDeposit", str(deposit.id), deposit.state, "cancel")
    if deposit.filing_status == FilingStatus.APPLYING:
        raise WrongState("WageDeposit", str(deposit.id), deposit.filing_status, "cancel")
    for wrong in _find_disagreements(statement, deposit.project):
        raise wrong
    await payment.must_not_be_under_way(act, deposit)
    cancellation = await _cancellation(act, deposit)
    fill(cancellation, vars(statement))
    facts = rules.cancellation_facts(ruleset, cancellation, deposit, deposit.project, act.on)
    title = deposit.project.title
    await reviews.submit(act, cancellation, title=title, ruleset=ruleset, facts=facts, files=files)
    return cancellation


def _find_disagreements(statement: CancellationStatement, project: Project) -> Iterator[InvalidInput]:
    """A day that differs from the progress reported, and a notice before the completion, each by its field."""
    for at, day, reported in (
        ("actualStartedOn", statement.actual_started_on, project.actual_started_on),
        ("actualCompletedOn", statement.actual_completed_on, project.actual_completed_on),
    ):
        if day and reported and day != reported:
            yield InvalidInput((at,), "differs_from_progress", reported=reported)
    begun, completed = statement.public_notice_from, project.actual_completed_on or statement.actual_completed_on
    if begun and completed and begun < completed:
        yield InvalidInput(("publicNoticeFrom",), "notice_before_completion", completed=completed)


@reviews.facts_of_case.register
async def _facts(cancellation: Cancellation, act: Act, ruleset: Ruleset) -> Facts:
    deposit = await cases.deposit_of(act, cancellation)
    return rules.cancellation_facts(ruleset, cancellation, deposit, deposit.project, act.on)


async def _find_payment(act: Act, deposit: WageDeposit) -> WrongState | None:
    """What renews the deposit or makes it up, and waits for its office: the deposit does not end beside it."""
    under_way = await payment.find_under_way(act, deposit)
    return under_way and WrongState(under_way[0].__name__, str(under_way[1]), CaseState.SUBMITTED, "cancel")


@reviews.broken_since.register
async def _find_broken(cancellation: Cancellation, act: Act) -> Sequence[Violation]:
    """The progress report was changed, or a filing, a renewal or a replenishment asked for, since the application was
    handed in."""
    deposit = await cases.deposit_of(act, cancellation)
    statement = stated(cancellation, CancellationStatement)
    found = [
        Violation("DIFFERS_FROM_PROGRESS", wrong.path, wrong.message, None, english=wrong.english)
        for wrong in _find_disagreements(statement, deposit.project)
    ]
    if deposit.filing_status == FilingStatus.APPLYING:
        waits = WrongState("WageDeposit", str(deposit.id), deposit.filing_status, "cancel")
        found.append(Violation("FILING_UNDER_REVIEW", (), waits.message, None, english=waits.english))
    if waits := await _find_payment(act, deposit):
        found.append(Violation("PAYMENT_UNDER_REVIEW", (), waits.message, None, english=waits.english))
    return found


@reviews.on_approved.register
async def _cancel(cancellation: Cancellation, act: Act) -> None:
    """The deposit ends, its guarantee is released, and its expiry alerts are lifted (BX-126)."""
    deposit = await cases.deposit_of(act, cancellation)
    await instruments.release(act, deposit)
    await alerts.clear(act, kind=expiry.ALERT, project_id=deposit.project_id, by="cancellation")
    if deposit.used_amount:  # of more than was due
        await alerts.clear(act, kind=replenishment.ALERT, project_id=deposit.project_id, by="cancellation")
    before = {"state": deposit.state}
    deposit.state, deposit.cancelled_at = DepositState.CANCELLED, act.at
    trail.record(act, "wage_deposit.cancel", deposit, before=before, after={"state": deposit.state})


async def _cancellation(act: Act, deposit: WageDeposit) -> Cancellation:
    latest = await act.session.scalar(
        select(Cancellation)
        .where(Cancellation.wage_deposit_id == deposit.id)
        .order_by(Cancellation.id.desc())
        .limit(1)
        .with_for_update()
    )
    if latest is not None and latest.state == CaseState.WITHDRAWN:
        latest = None  # one begins anew
    act.expect(latest, Cancellation)
    if latest is None:
        return Cancellation(**cases.begin(act, deposit))
    if latest.state != CaseState.REJECTED:
        raise Duplicate("cancellation")
    return latest
