"""Answers about securing a deposit: cash, a bank's guarantee, a letter obtained offline."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from core.actor import Act
from core.wage_deposits import channels
from core.wage_deposits.actions import bank_guarantee, offline_guarantee, payment
from core.wage_deposits.channels import GuaranteeBlock
from core.wage_deposits.letters import Letter
from core.wage_deposits.models import BankGuarantee, CashPayment, OfflineGuarantee
from resolvers import ids
from resolvers.context import Context, Info
from resolvers.fields.marks import batched
from resolvers.materials import MaterialInput, handed_in
from resolvers.scalars import Yuan
from resolvers.transactions import once
from resolvers.wage_deposits import handlers_deposit


@strawberry.input(description="Cash paid into the special account. What must be filled in the city's form says.")
class ReportCashPaymentInput:
    wage_deposit_id: strawberry.ID
    amount: Yuan | None = strawberry.field(default=None, description="缴存金额, in yuan")
    paid_on: date | None = strawberry.field(default=None, description="缴存日期")
    bank: str | None = strawberry.field(default=None, description="开户银行")
    account_number: str | None = strawberry.field(default=None, description="专户账号")
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    correcting: strawberry.ID | None = strawberry.field(default=None, description="A rejected report to resubmit.")
    idempotency_key: str | None = None


@strawberry.input(description="A letter of guarantee obtained offline (BX-064 to BX-070).")
class UploadOfflineGuaranteeInput:
    wage_deposit_id: strawberry.ID
    kind: str | None = strawberry.field(default=None, description="保险类型, such as 银行保函")
    contact: str | None = strawberry.field(default=None, description="经办联系人")
    mobile: str | None = strawberry.field(default=None, description="经办人手机")
    bank_brand: str | None = strawberry.field(default=None, description="银行品牌")
    issuer: str | None = strawberry.field(default=None, description="承保出单机构")
    product_name: str | None = strawberry.field(default=None, description="产品名称; the city's preset unless stated")
    guarantee_number: str | None = strawberry.field(default=None, description="保函号")
    amount: Yuan | None = strawberry.field(default=None, description="保额, in yuan")
    fee: Yuan | None = strawberry.field(default=None, description="保函手续费, in yuan")
    issued_on: date | None = strawberry.field(default=None, description="出函日期")
    starts_on: date | None = strawberry.field(default=None, description="保函期限, first day")
    ends_on: date | None = strawberry.field(default=None, description="保函期限, last day")
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    correcting: strawberry.ID | None = strawberry.field(default=None, description="A rejected letter to resubmit.")
    idempotency_key: str | None = None


@strawberry.input(description="An application for a letter of guarantee at a bank (BX-061).")
class ApplyForBankGuaranteeInput:
    wage_deposit_id: strawberry.ID
    bank_id: strawberry.ID | None = strawberry.field(default=None, description="One of `institutions(kind: BANK)`")
    contact: str | None = strawberry.field(default=None, description="经办联系人")
    mobile: str | None = strawberry.field(default=None, description="经办人手机")
    amount: Yuan | None = strawberry.field(default=None, description="申请保额, in yuan")
    starts_on: date | None = strawberry.field(default=None, description="申请保函期限, first day")
    ends_on: date | None = strawberry.field(default=None, description="申请保函期限, last day")
    remarks: str | None = strawberry.field(default=None, description="申请说明")
    idempotency_key: str | None = None


@strawberry.input(description="The letter as the bank issued it. The file goes in as `guarantee_letter`.")
class ReturnBankGuaranteeInput:
    review_id: strawberry.ID = strawberry.field(description="What waits in the bank's `reviewQueue`")
    guarantee_number: str | None = strawberry.field(default=None, description="保函号")
    amount: Yuan | None = strawberry.field(default=None, description="保额, in yuan")
    fee: Yuan | None = strawberry.field(default=None, description="保函手续费, in yuan")
    issued_on: date | None = strawberry.field(default=None, description="出函日期")
    starts_on: date | None = strawberry.field(default=None, description="保函期限, first day")
    ends_on: date | None = strawberry.field(default=None, description="保函期限, last day")
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    idempotency_key: str | None = None


async def report_cash(info: Info, input: ReportCashPaymentInput) -> CashPayment:
    async def action(session: AsyncSession, act: Act) -> CashPayment:
        deposit, ruleset = await handlers_deposit(info, session, act, input.wage_deposit_id)
        files = await handed_in(session, act, input.materials)
        cash = payment.Cash(**_stated(input, payment.Cash))
        correcting = ids.of(input.correcting, "CashPayment") if input.correcting else None
        return await payment.report_cash(session, act, ruleset, deposit, cash, files, correcting=correcting)

    return await once(info, input, CashPayment, action)


async def upload_guarantee(info: Info, input: UploadOfflineGuaranteeInput) -> OfflineGuarantee:
    async def action(session: AsyncSession, act: Act) -> OfflineGuarantee:
        deposit, ruleset = await handlers_deposit(info, session, act, input.wage_deposit_id)
        files = await handed_in(session, act, input.materials)
        letter = Letter(**_stated(input, Letter))
        correcting = ids.of(input.correcting, "OfflineGuarantee") if input.correcting else None
        return await offline_guarantee.hand_in(session, act, ruleset, deposit, letter, files, correcting=correcting)

    return await once(info, input, OfflineGuarantee, action)


async def apply_for_bank_guarantee(info: Info, input: ApplyForBankGuaranteeInput) -> BankGuarantee:
    async def action(session: AsyncSession, act: Act) -> BankGuarantee:
        deposit, ruleset = await handlers_deposit(info, session, act, input.wage_deposit_id)
        bank_id = ids.of(input.bank_id, "Institution") if input.bank_id else None
        stated = bank_guarantee.Application(**_stated(input, bank_guarantee.Application))
        return await bank_guarantee.apply(session, act, ruleset, deposit, bank_id, stated)

    return await once(info, input, BankGuarantee, action)


async def return_bank_guarantee(info: Info, input: ReturnBankGuaranteeInput) -> BankGuarantee:
    async def action(session: AsyncSession, act: Act) -> BankGuarantee:
        review_id = ids.of(input.review_id, "Review")
        files = await handed_in(session, act, input.materials)
        returned = bank_guarantee.Returned(**_stated(input, bank_guarantee.Returned))
        return await bank_guarantee.give_back(session, act, info.context.rulesets, review_id, returned, files)

    return await once(info, input, BankGuarantee, action)


async def _blocks(context: Context, _: type[Any], deposits: Sequence[Any]) -> list[GuaranteeBlock | None]:
    async with context.db.read(context.actor) as session:
        return await channels.blocks(session, context.rulesets, deposits, context.on, context.language)


guarantee = batched(_blocks, "id", "state", "payment_method", "secured_amount", "ruleset_version_id")


def _stated(input: Any, kind: Any) -> dict[str, Any]:
    """What the input says under the names of the domain's own statement."""
    return {name: getattr(input, name) for name in kind.__dataclass_fields__}
