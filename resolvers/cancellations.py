"""Answers about ending a deposit (注销)."""

from datetime import date

import strawberry

from core.statements import stated
from core.wage_deposits.actions import cancellation
from core.wage_deposits.models import Cancellation
from resolvers import ids
from resolvers.city_fields import CityFieldInput
from resolvers.fields import newest_first
from resolvers.materials import MaterialInput, document_ids
from resolvers.transactions import RequestedAct, act


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
    city_fields: list[CityFieldInput] | None = None
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    expected_revision: int | None = None
    idempotency_key: str | None = None


page = newest_first(Cancellation)


@act
async def submit(act: RequestedAct, input: SubmitCancellationInput) -> Cancellation:
    deposit_id, files = ids.decode_as(input.wage_deposit_id, "WageDeposit"), document_ids(input.materials)
    statement = stated(input, cancellation.CancellationStatement)
    return await cancellation.submit(act, deposit_id, statement, files)
