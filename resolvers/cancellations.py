"""Answers about ending a deposit (注销)."""

from datetime import date

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from core.actor import Act
from core.wage_deposits.actions import cancellation
from core.wage_deposits.models import Cancellation
from resolvers.context import Info
from resolvers.materials import MaterialInput, handed_in
from resolvers.transactions import once
from resolvers.wage_deposits import handlers_deposit


@strawberry.input(
    description="An application for cancellation, or the correction of a rejected one, BX-120 to BX-124 (注销申请)."
)
class SubmitCancellationInput:
    wage_deposit_id: strawberry.ID
    actual_started_on: date | None = None
    actual_completed_on: date | None = None
    public_notice_from: date | None = None
    handler: str | None = None
    handler_phone: str | None = None
    remarks: str | None = None
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    idempotency_key: str | None = None


async def submit(info: Info, input: SubmitCancellationInput) -> Cancellation:
    async def action(session: AsyncSession, act: Act) -> Cancellation:
        deposit, ruleset = await handlers_deposit(info, session, act, input.wage_deposit_id)
        files = await handed_in(session, act, input.materials)
        names = cancellation.Statement.__dataclass_fields__
        stated = cancellation.Statement(**{name: getattr(input, name) for name in names})
        return await cancellation.submit(session, act, ruleset, deposit, stated, files)

    return await once(info, input, Cancellation, action)
