"""Booking a special account at a bank, before cash is paid in."""

from core.account_reservations import models
from resolvers import account_reservations
from resolvers.scalars import Yuan
from schema.cases import Case
from schema.fields import answered_by, extends, mutation, represents
from schema.identity import Authority, Enterprise, Institution
from schema.wage_deposits import WageDeposit


@represents(
    models.AccountReservation, "The opening of a special account, booked at a bank, XM-23 (工资保证金专户开户预约)."
)
class AccountReservation(Case):
    institution: Institution | None
    contractor: Enterprise | None
    hrss_office: Authority | None
    project_name: str
    amount_due: Yuan
    contact: str | None
    mobile: str
    deposit: WageDeposit | None


@extends(WageDeposit, after="cash_payments")
class _ReservationsOfDeposit:
    account_reservations: list[AccountReservation] = answered_by(account_reservations.of_deposit)


class Mutations:
    reserve_account = mutation(
        account_reservations.reserve,
        "Book the opening of the special account at a bank, which confirms or refuses (专户开户预约).",
    )
