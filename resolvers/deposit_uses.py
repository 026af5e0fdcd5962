"""Answers about the use of deposits (保证金动用)."""

from datetime import date

import strawberry

from core.statements import stated
from core.wage_deposits.actions import uses
from core.wage_deposits.models import DepositUse
from resolvers import ids
from resolvers.scalars import Yuan
from resolvers.transactions import RequestedAct, act


@strawberry.input(description="A use of a deposit, by the payment notice (支付通知书).")
class RecordDepositUseInput:
    wage_deposit_id: strawberry.ID
    notice_number: str | None = strawberry.field(default=None, description="支付通知书编号")
    amount: Yuan | None = strawberry.field(default=None, description="动用金额, in yuan")
    used_on: date | None = strawberry.field(default=None, description="动用日期")
    reason: str | None = strawberry.field(default=None, description="动用事由")
    idempotency_key: str | None = None


@act
async def record(act: RequestedAct, input: RecordDepositUseInput) -> DepositUse:
    deposit_id = ids.of(input.wage_deposit_id, "WageDeposit", "保证金")
    return await uses.record(act.session, act, act.rulesets, deposit_id, stated(input, uses.Use))
