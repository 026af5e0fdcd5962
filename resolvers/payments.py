"""Answers about securing a deposit."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import strawberry

from core.statements import stated
from core.wage_deposits import channels
from core.wage_deposits.actions import payment
from core.wage_deposits.channels import GuaranteeBlock
from core.wage_deposits.models import CashPayment
from resolvers import ids
from resolvers.city_fields import CityFieldInput
from resolvers.context import Context
from resolvers.fields import batched, newest_first
from resolvers.materials import MaterialInput, document_ids
from resolvers.scalars import Yuan
from resolvers.transactions import RequestedAct, act


@strawberry.input(
    description="Cash paid into the special account; what must be filled in the city's form says (现金缴纳)."
)
class ReportCashPaymentInput:
    wage_deposit_id: strawberry.ID
    amount: Yuan | None = None
    paid_on: date | None = None
    bank: str | None = None
    account_number: str | None = None
    city_fields: list[CityFieldInput] | None = None
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    correcting: strawberry.ID | None = None
    expected_revision: int | None = None
    idempotency_key: str | None = None


@act
async def report_cash(act: RequestedAct, input: ReportCashPaymentInput) -> CashPayment:
    return await payment.report_cash(
        act,
        ids.decode_as(input.wage_deposit_id, "WageDeposit"),
        stated(input, payment.Cash),
        document_ids(input.materials),
        correcting=ids.decode_optional(input.correcting, "CashPayment"),
    )


async def _blocks(context: Context, _: type[Any], deposits: Sequence[Any]) -> list[GuaranteeBlock | None]:
    async with context.db.read(context.actor) as session:
        return await channels.blocks(session, context.rulesets, deposits, context.on, context.language)


guarantee = batched(_blocks, "id", "state", "payment_method", "secured_amount", "ruleset_version_id")
cash_payments = newest_first(CashPayment)
