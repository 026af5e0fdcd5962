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
from resolvers.context import Context
from resolvers.fields.marks import batched
from resolvers.materials import MaterialInput, handed_in
from resolvers.scalars import Yuan
from resolvers.transactions import RequestedAct, act
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


@act
async def report_cash(act: RequestedAct, input: ReportCashPaymentInput) -> CashPayment:
    deposit, ruleset = await handlers_deposit(act, input.wage_deposit_id)
    files = await handed_in(act.session, act, input.materials)
    correcting = ids.of(input.correcting, "CashPayment", "现金缴纳") if input.correcting else None
    cash = stated(input, payment.Cash)
    return await payment.report_cash(act.session, act, ruleset, deposit, cash, files, correcting=correcting)


@act
async def upload_guarantee(act: RequestedAct, input: UploadOfflineGuaranteeInput) -> OfflineGuarantee:
    deposit, ruleset = await handlers_deposit(act, input.wage_deposit_id)
    files = await handed_in(act.session, act, input.materials)
    correcting = ids.of(input.correcting, "OfflineGuarantee", "线下保函") if input.correcting else None
    letter = stated(input, Letter)
    return await offline_guarantee.hand_in(act.session, act, ruleset, deposit, letter, files, correcting=correcting)


@act
async def apply_for_bank_guarantee(act: RequestedAct, input: ApplyForBankGuaranteeInput) -> BankGuarantee:
    deposit, ruleset = await handlers_deposit(act, input.wage_deposit_id)
    bank_id = ids.of(input.bank_id, "Institution", "银行") if input.bank_id else None
    application = stated(input, bank_guarantee.Application)
    return await bank_guarantee.apply(act.session, act, ruleset, deposit, bank_id, application)


@act
async def return_bank_guarantee(act: RequestedAct, input: ReturnBankGuaranteeInput) -> BankGuarantee:
    review_id = ids.of(input.review_id, "Review", "审核事项")
    files = await handed_in(act.session, act, input.materials)
    returned = stated(input, bank_guarantee.Returned)
    return await bank_guarantee.give_back(act.session, act, act.rulesets, review_id, returned, files)


async def _blocks(context: Context, _: type[Any], deposits: Sequence[Any]) -> list[GuaranteeBlock | None]:
    async with context.db.read(context.actor) as session:
        return await channels.blocks(session, context.rulesets, deposits, context.on)


guarantee = batched(_blocks, "id", "state", "payment_method", "secured_amount", "ruleset_version_id")
