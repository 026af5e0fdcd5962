"""Putting a secured deposit on record (备案)."""

from sqlalchemy import select

from core.act import Act
from core.audit import trail
from core.errors import NotApplicable, WrongState
from core.reviews import actions as reviews
from core.reviews.models import STATE_NAMES as CASE_STATES
from core.reviews.models import CaseState
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.wage_deposits import rules
from core.wage_deposits.actions import automatic_filing, cases, payment
from core.wage_deposits.models import Cancellation, DepositState, Filing, FilingStatus

KIND = "quota_deposit"
"""The only kind of filing the manual shows (BX-113); what a city puts on record by itself is another."""
KIND_NAMES = {KIND: "定额保证金备案", automatic_filing.KIND: "自动备案"}
CASE_STATE_NAMES = {**CASE_STATES, CaseState.SUBMITTED: "申请中"}
"""What the manual calls the states of a filing application (BX-110, A-BX-1)."""


async def submit(act: Act, deposit_id: int) -> Filing:
    """Ask the office to put the deposit on record, or ask again after a refusal (BX-107, BX-110)."""
    deposit, ruleset = await cases.find_deposit(act, deposit_id)
    if deposit.state == DepositState.CANCELLED:
        raise WrongState("WageDeposit", str(deposit.id), deposit.state, "file")
    if deposit.filing_status in (FilingStatus.APPLYING, FilingStatus.FILED):
        raise WrongState("WageDeposit", str(deposit.id), deposit.filing_status, "file_again")
    if ruleset.value_or_none(automatic_filing.MODE, act.on) == "automatic":
        raise NotApplicable("WageDeposit", str(deposit.id), "filed_automatically")
    rejected = await act.session.scalar(
        select(Filing).where(Filing.wage_deposit_id == deposit.id, Filing.state == CaseState.REJECTED).with_for_update()
    )
    cancelling = (Cancellation.wage_deposit_id == deposit.id, Cancellation.state == CaseState.SUBMITTED)
    if cancellation := await act.session.scalar(select(Cancellation.id).where(*cancelling)):
        raise WrongState("Cancellation", str(cancellation), CaseState.SUBMITTED, "file")
    await payment.must_not_be_under_way(act, deposit)
    act.expect(rejected, Filing)
    filing = rejected or Filing(**cases.begin(act, deposit), kind=KIND)
    facts, title = rules.deposit_facts(deposit, deposit.project, act.on), deposit.project.title
    await reviews.submit(act, filing, title=title, ruleset=ruleset, facts=facts, files={})
    deposit.filing_status = FilingStatus.APPLYING
    return filing


@reviews.facts_of_case.register
async def _facts(filing: Filing, act: Act, ruleset: Ruleset) -> Facts:
    deposit = await cases.deposit_of(act, filing)
    return rules.deposit_facts(deposit, deposit.project, act.on)


@reviews.on_approved.register
async def _file(filing: Filing, act: Act) -> None:
    deposit = await cases.deposit_of(act, filing)
    deposit.filing_status, deposit.filed_at = FilingStatus.FILED, act.at
    trail.record(act, "wage_deposit.file", deposit, after={"filing_status": deposit.filing_status})


@reviews.on_rejected.register
async def _send_back(filing: Filing, act: Act) -> None:
    deposit = await cases.deposit_of(act, filing)
    deposit.filing_status = FilingStatus.UNFILED


@reviews.on_withdrawn.register
async def _take_back(filing: Filing, act: Act) -> None:
    deposit = await cases.deposit_of(act, filing)
    deposit.filing_status = FilingStatus.UNFILED
