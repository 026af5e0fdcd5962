"""What a city says of booking a special account."""

from collections.abc import Sequence
from datetime import date

from core.account_reservations.models import AccountReservation
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.wage_deposits import rules as wage_deposits
from core.wage_deposits.models import DepositState, PaymentMethod, WageDeposit

OFFERED = "cash_deposit.account_reservation"
BANKS = "cash_deposit.banks"
BANK = "reservation.bank"


def are_offered(ruleset: Ruleset, on: date) -> bool:
    """Whether the city has accounts booked online; not where it says nothing of it."""
    runs = not ruleset.is_to_come(AccountReservation.procedure)
    return runs and bool(ruleset.procedure(AccountReservation.procedure, on) and ruleset.value_or_none(OFFERED, on))


def banks(ruleset: Ruleset, on: date) -> Sequence[str] | None:
    """The banks that keep such accounts, by name; None where the city names none: any bank that serves there."""
    return ruleset.value_or_none(BANKS, on)


def awaits_cash(deposit: WageDeposit) -> bool:
    """Whether cash may still be paid in."""
    return deposit.payment_method == PaymentMethod.CASH and deposit.state == DepositState.AWAITING_PAYMENT


def facts(deposit: WageDeposit, bank: str | None, on: date) -> Facts:
    """A reservation as rules see it."""
    return {**wage_deposits.deposit_facts(deposit, deposit.project, on), BANK: bank}
