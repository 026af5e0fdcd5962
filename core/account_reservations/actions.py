"""Booking an account at a bank; the bank's answer is a review like any."""

from collections.abc import Collection

from sqlalchemy import bindparam, exists, select, text

from core.account_reservations import rules
from core.account_reservations.models import AccountReservation
from core.act import Act
from core.db.prepared import PreparedStatement
from core.errors import Duplicate, InvalidInput, NotApplicable, NotConfiguredHere, WrongState
from core.identity.models import Institution, InstitutionKind
from core.institutions import queries as institutions
from core.reviews import actions as reviews
from core.reviews.models import CaseState
from core.reviews.rules import procedure
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.wage_deposits.actions import cases
from core.wage_deposits.models import CashPayment, PaymentMethod, WageDeposit

_ACT = "reserve_account"
_LIVING = (CaseState.SUBMITTED.value, CaseState.APPROVED.value)
_UNDER_WAY = PreparedStatement(
    select(
        exists(CashPayment.id).where(
            CashPayment.wage_deposit_id == bindparam("deposit_id"),
            CashPayment.state == text(f"'{CaseState.SUBMITTED}'"),
        ),
        exists(AccountReservation.id).where(
            AccountReservation.wage_deposit_id == bindparam("deposit_id"),
            text(f"account_reservation.state IN {_LIVING}"),
        ),
    )
)
"""Whether the deposit's cash waits for its office already, and whether an account is booked for it."""


async def reserve(act: Act, deposit_id: int, institution_id: int | None) -> AccountReservation:
    """Book the opening of the account at a bank, before cash is paid in (XM-23). After a refusal one books anew, at any
    bank. Raises NotConfiguredHere in a city that has no booking, InvalidInput for a bank that the city does not name.
    """
    deposit, ruleset = await cases.find_deposit(act, deposit_id)
    procedure(ruleset, AccountReservation.procedure, act.on)
    if not rules.are_offered(ruleset, act.on):
        name = ruleset.own.ruleset.name
        raise NotConfiguredHere("procedure", ruleset.city, name, AccountReservation.procedure)
    await _must_await_cash(act, deposit)
    bank = await _bank(act, deposit, ruleset, institution_id)
    facts = rules.facts(deposit, bank.name if bank else None, act.on)
    reservation = AccountReservation(
        **{**cases.begin(act, deposit), "office_id": bank.id if bank else None},
        supervising_office_id=deposit.office_id,
        project_name=deposit.project.title,
        amount_due=deposit.amount_due,
        contact=deposit.handler,
        mobile=deposit.handler_phone,
    )
    title = deposit.project.title
    needed = [rules.BANK]
    await reviews.submit(act, reservation, title=title, ruleset=ruleset, facts=facts, files={}, needed=needed)
    return reservation


async def _must_await_cash(act: Act, deposit: WageDeposit) -> None:
    """Raises NotApplicable where no cash is to be paid, WrongState where it is not any more or not yet, and Duplicate
    while it is being checked, or an account is booked."""
    id = str(deposit.id)
    if deposit.payment_method is None:
        raise NotApplicable("WageDeposit", id, "nothing_to_pay", act=_ACT)
    if deposit.payment_method != PaymentMethod.CASH:
        raise NotApplicable("WageDeposit", id, "paid_otherwise", method=deposit.payment_method, act=_ACT)
    if not rules.awaits_cash(deposit):
        raise WrongState("WageDeposit", id, deposit.state, _ACT)
    [(is_paid, is_booked)] = await _UNDER_WAY.fetch(act.session, deposit_id=deposit.id)
    if is_paid:
        raise Duplicate("payment", kind=CashPayment.__name__)
    if is_booked:
        raise Duplicate("account_reservation")


async def _bank(act: Act, deposit: WageDeposit, ruleset: Ruleset, id: int | None) -> Institution | None:
    """The bank that was chosen; None where none was."""
    if id is None:
        return None
    at = "institutionId"
    bank = await institutions.find(act.session, id, deposit.region_code, InstitutionKind.BANK, at)
    named = rules.banks(ruleset, act.on)
    if named is not None and bank.name not in named:
        raise InvalidInput((at,), "bank_not_listed", name=bank.name, banks=list(named))
    return bank


@reviews.facts_of_case.register
async def _facts(reservation: AccountReservation, act: Act, ruleset: Ruleset) -> Facts:
    bank = await act.session.get_one(Institution, reservation.office_id)
    return rules.facts(await cases.deposit_of(act, reservation), bank.name, act.on)


@reviews.authors_of_case.register
async def _authors(reservation: AccountReservation, act: Act) -> Collection[int]:
    deposit = await cases.deposit_of(act, reservation)
    return {reservation.created_by_id, deposit.project.created_by_id}


@reviews.on_approved.register
async def _confirm(reservation: AccountReservation, act: Act) -> None:
    """A bank confirms what is still wanted: raises WrongState once the cash is paid, or is to be paid no more."""
    deposit = await cases.deposit_of(act, reservation)
    if not rules.awaits_cash(deposit):
        raise WrongState("WageDeposit", str(deposit.id), deposit.state, _ACT)
