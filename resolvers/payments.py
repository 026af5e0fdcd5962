"""Answers about securing a deposit: cash, a bank's guarantee, a letter obtained offline."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import strawberry

from core.statements import stated
from core.wage_deposits import channels
from core.wage_deposits.actions import bank_guarantee, offline_guarantee, payment
from core.wage_deposits.channels import GuaranteeBlock
from core.wage_deposits.letters import Letter
from core.wage_deposits.models import BankGuarantee, CashPayment, OfflineGuarantee
from resolvers import ids
from resolvers.city_fields import CityFieldInput
from resolvers.context import Context
from resolvers.fields import batched
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


@strawberry.input(description="A letter of guarantee obtained offline, BX-064 to BX-070 (线下保函).")
class UploadOfflineGuaranteeInput:
    wage_deposit_id: strawberry.ID
    kind: str | None = None
    contact: str | None = None
    mobile: str | None = None
    bank_brand: str | None = None
    issuer: str | None = None
    product_name: str | None = None
    guarantee_number: str | None = None
    amount: Yuan | None = None
    fee: Yuan | None = None
    issued_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    city_fields: list[CityFieldInput] | None = None
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    correcting: strawberry.ID | None = None
    expected_revision: int | None = None
    idempotency_key: str | None = None


@strawberry.input(description="An application for a letter of guarantee at a bank, BX-061 (银行保函申请).")
class ApplyForBankGuaranteeInput:
    wage_deposit_id: strawberry.ID
    bank_id: strawberry.ID | None = None
    contact: str | None = None
    mobile: str | None = None
    amount: Yuan | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    remarks: str | None = None
    city_fields: list[CityFieldInput] | None = None
    idempotency_key: str | None = None


@strawberry.input(description="The letter as the bank issued it; the file goes in as `guarantee_letter` (银行出函).")
class ReturnBankGuaranteeInput:
    review_id: strawberry.ID
    guarantee_number: str | None = None
    amount: Yuan | None = None
    fee: Yuan | None = None
    issued_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    city_fields: list[CityFieldInput] | None = None
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    expected_revision: int | None = None
    idempotency_key: str | None = None


@act
async def report_cash(act: RequestedAct, input: ReportCashPaymentInput) -> CashPayment:
    return await payment.report_cash(
        act,
        ids.decode_as(input.wage_deposit_id, "WageDeposit"),
        stated(input, payment.Cash),
        document_ids(input.materials),
        correcting=ids.decode_as(input.correcting, "CashPayment") if input.correcting else None,
    )


@act
async def upload_guarantee(act: RequestedAct, input: UploadOfflineGuaranteeInput) -> OfflineGuarantee:
    return await offline_guarantee.hand_in(
        act,
        ids.decode_as(input.wage_deposit_id, "WageDeposit"),
        stated(input, Letter),
        document_ids(input.materials),
        correcting=ids.decode_as(input.correcting, "OfflineGuarantee") if input.correcting else None,
    )


@act
async def apply_for_bank_guarantee(act: RequestedAct, input: ApplyForBankGuaranteeInput) -> BankGuarantee:
    deposit_id = ids.decode_as(input.wage_deposit_id, "WageDeposit")
    bank_id = ids.decode_as(input.bank_id, "Institution") if input.bank_id else None
    application = stated(input, bank_guarantee.Application)
    return await bank_guarantee.apply(act, deposit_id, bank_id, application)


@act
async def return_bank_guarantee(act: RequestedAct, input: ReturnBankGuaranteeInput) -> BankGuarantee:
    review_id, files = ids.decode_as(input.review_id, "Review"), document_ids(input.materials)
    returned = stated(input, bank_guarantee.Returned)
    return await bank_guarantee.give_back(act, review_id, returned, files)


async def _blocks(context: Context, _: type[Any], deposits: Sequence[Any]) -> list[GuaranteeBlock | None]:
    async with context.db.read(context.actor) as session:
        return await channels.blocks(session, context.rulesets, deposits, context.on, context.language)


guarantee = batched(_blocks, "id", "state", "payment_method", "secured_amount", "ruleset_version_id")
