"""What a deposit answers about the guarantee that secures it (``core.guarantees.secured``)."""

from decimal import Decimal

from core.act import Act
from core.audit import trail
from core.guarantees import secured
from core.guarantees.models import Guarantee
from core.guarantees.secured import GuaranteeCase, Requirement
from core.projects.models import ProjectState
from core.wage_deposits import rules
from core.wage_deposits.actions import automatic_filing, payment, replenishment
from core.wage_deposits.models import DepositState, WageDeposit

secured.register(WageDeposit, WageDeposit.project, handling="handle_deposit")


@secured.required.register
async def _required(deposit: WageDeposit, act: Act) -> Requirement:
    """The amount due, as long as the contract lasts, in favour of its office (65号 art. 15 to 17)."""
    goes_on = deposit.project.state != ProjectState.COMPLETED
    return Requirement(
        title=deposit.project.title,
        amount=deposit.amount_due,
        shortfall=rules.shortfall_of(deposit),
        last_until=deposit.project.planned_end,
        expected_until=deposit.project.expected_completed_on if goes_on else None,
        beneficiary_id=deposit.office_id,
        authors=[deposit.project.created_by_id],
        facts=rules.deposit_facts(deposit, deposit.project, act.on),
    )


@secured.must_be_open.register
async def _must_be_open(deposit: WageDeposit, act: Act, kind: type[GuaranteeCase]) -> None:
    await payment.must_be_payable(act, deposit, kind)


@secured.takes_over.register
async def _takes_over(deposit: WageDeposit, act: Act, guarantee: Guarantee) -> bool:
    """A letter for all that is due does; one for what is missing makes that up beside the letter that was used."""
    return not _makes_up_shortfall(deposit, guarantee)


@secured.must_be_correctable.register
async def _must_be_correctable(deposit: WageDeposit, act: Act, kind: type[GuaranteeCase]) -> None:
    await payment.must_be_correctable(act, deposit, kind)


@secured.on_corrected.register
async def _on_corrected(deposit: WageDeposit, act: Act, guarantee: Guarantee) -> None:
    payment.correct(act, deposit, guarantee.amount, None if guarantee.replaces_id else guarantee.starts_on)


@secured.on_secured.register
async def _on_secured(deposit: WageDeposit, act: Act, guarantee: Guarantee) -> None:
    """The deposit is paid; or another letter takes the place of what ended, ends or was used, and makes it up."""
    if deposit.state == DepositState.AWAITING_PAYMENT:
        payment.secure(act, deposit, guarantee.amount, guarantee.starts_on)
        await automatic_filing.file(act, deposit)
    elif _makes_up_shortfall(deposit, guarantee):
        await replenishment.make_up(act, deposit, guarantee.amount)
    else:
        await replenishment.secure_again(act, deposit, guarantee.amount)


def _makes_up_shortfall(deposit: WageDeposit, guarantee: Guarantee) -> bool:
    return deposit.state == DepositState.TO_REPLENISH and guarantee.amount < deposit.amount_due


@secured.on_changed.register
async def _on_changed(deposit: WageDeposit, act: Act, guarantee: Guarantee, more: Decimal) -> None:
    """What was used of the letter stays used: an endorsement makes nothing up."""
    before = {"state": deposit.state, "secured_amount": deposit.secured_amount}
    if deposit.state == DepositState.UNSECURED:  # its last day passed before the office looked at the endorsement
        deposit.state = DepositState.TO_REPLENISH if deposit.used_amount else DepositState.SECURED
    deposit.secured_amount = (deposit.secured_amount or Decimal(0)) + more
    after = {"state": deposit.state, "secured_amount": deposit.secured_amount}
    if after != before:
        trail.record(act, "wage_deposit.secure_again", deposit, before=before, after=after)


@secured.on_lost.register
async def _on_lost(deposit: WageDeposit, act: Act, guarantee: Guarantee) -> None:
    if rules.stands(deposit):
        before = {"state": deposit.state}
        deposit.state = DepositState.UNSECURED
        trail.record(act, "wage_deposit.lose", deposit, before=before, after={"state": deposit.state})
