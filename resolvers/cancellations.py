"""Answers about ending a deposit (注销)."""

from datetime import date

import strawberry

from core.statements import stated
from core.wage_deposits.actions import cancellation
from core.wage_deposits.models import Cancellation
from resolvers.materials import MaterialInput, handed_in
from resolvers.transactions import RequestedAct, act
from resolvers.wage_deposits import handlers_deposit


@strawberry.input(
    description="An application for cancellation, or the correction of a rejected one (BX-120 to BX-124)."
)
class SubmitCancellationInput:
    wage_deposit_id: strawberry.ID
    actual_started_on: date | None = strawberry.field(default=None, description="实际开工日期")
    actual_completed_on: date | None = strawberry.field(default=None, description="实际竣工日期")
    public_notice_from: date | None = strawberry.field(default=None, description="公示起始日期")
    handler: str | None = strawberry.field(default=None, description="经办人")
    handler_phone: str | None = strawberry.field(default=None, description="经办人电话")
    remarks: str | None = strawberry.field(default=None, description="申请说明")
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    idempotency_key: str | None = None


@act
async def submit(act: RequestedAct, input: SubmitCancellationInput) -> Cancellation:
    deposit, ruleset = await handlers_deposit(act, input.wage_deposit_id)
    files = await handed_in(act.session, act, input.materials)
    return await cancellation.submit(act.session, act, ruleset, deposit, stated(input, cancellation.Statement), files)
