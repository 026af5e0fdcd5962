"""Answers about the use of deposits (保证金动用)."""

from datetime import date

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from core.actor import Act
from core.wage_deposits.actions import uses
from core.wage_deposits.models import DepositUse
from resolvers import ids
from resolvers.context import Info
from resolvers.scalars import Yuan
from resolvers.transactions import once


@strawberry.input(description="A use of a deposit, by the payment notice (支付通知书).")
class RecordDepositUseInput:
    wage_deposit_id: strawberry.ID
    notice_number: str | None = None
    amount: Yuan | None = None
    used_on: date | None = None
    reason: str | None = None
    idempotency_key: str | None = None


async def record(info: Info, input: RecordDepositUseInput) -> DepositUse:
    async def action(session: AsyncSession, act: Act) -> DepositUse:
        deposit_id = ids.of(input.wage_deposit_id, "WageDeposit")
        use = uses.Use(**{name: getattr(input, name) for name in uses.Use.__dataclass_fields__})
        return await uses.record(session, act, info.context.rulesets, deposit_id, use)

    return await once(info, input, DepositUse, action)
