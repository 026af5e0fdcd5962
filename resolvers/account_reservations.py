"""Answers about booking a special account."""

import strawberry

from core.account_reservations import actions
from core.account_reservations.models import AccountReservation
from resolvers import ids
from resolvers.city_fields import CityFieldInput
from resolvers.fields import matching
from resolvers.transactions import RequestedAct, act


@strawberry.input(description="The opening of the special account for a deposit, booked at a bank, XM-23 (开户预约).")
class ReserveAccountInput:
    wage_deposit_id: strawberry.ID
    institution_id: strawberry.ID | None = None
    city_fields: list[CityFieldInput] | None = None
    idempotency_key: str | None = None


@act
async def reserve(act: RequestedAct, input: ReserveAccountInput) -> AccountReservation:
    return await actions.reserve(
        act,
        ids.decode_as(input.wage_deposit_id, "WageDeposit"),
        ids.decode_optional(input.institution_id, "Institution"),
    )


of_deposit = matching(AccountReservation, lambda deposit, _: AccountReservation.wage_deposit_id == deposit.id)
