"""Answers about the use of deposits (保证金动用)."""

from datetime import date

import strawberry

from core.statements import stated
from core.wage_deposits.actions import uses
from core.wage_deposits.models import DepositUse
from resolvers import ids
from resolvers.city_fields import CityFieldInput
from resolvers.fields import newest_first
from resolvers.scalars import Yuan
from resolvers.transactions import RequestedAct, act


@strawberry.input(description="A use of a deposit, by the payment notice (支付通知书).")
class RecordDepositUseInput:
    wage_deposit_id: strawberry.ID
    notice_number: str | None = None
    amount: Yuan | None = None
    used_on: date | None = None
    reason: str | None = None
    city_fields: list[CityFieldInput] | None = None
    idempotency_key: str | None = None


page = newest_first(DepositUse)


@act
async def record(act: RequestedAct, input: RecordDepositUseInput) -> DepositUse:
    deposit_id = ids.decode_as(input.wage_deposit_id, "WageDeposit")
    return await uses.record(act, deposit_id, stated(input, uses.Use))
