"""Securing a deposit: cash, a bank's guarantee, a letter obtained offline."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.reviews.models import CaseState
from core.wage_deposits import channels, models
from core.wage_deposits.channels import Channel
from resolvers import payments
from resolvers.scalars import Yuan
from schema.cases import Case
from schema.decisions import Citation
from schema.fields import represents, root_field
from schema.identity import Authority, Enterprise, Institution
from schema.problems import AnyProblem

if TYPE_CHECKING:
    from schema.wage_deposits import WageDeposit


@strawberry.type(description="Cash paid into the special account, as reported.")
@represents(models.CashPayment)
class CashPayment(Case):
    state: CaseState
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    reason: str | None
    amount: Yuan
    paid_on: date
    bank: str = strawberry.field(description="开户银行.")
    account_number: str = strawberry.field(description="专户账号.")
    wage_deposit: Annotated["WageDeposit", strawberry.lazy("schema.wage_deposits")]


@strawberry.type(
    description="银行保函 applied for at a bank: amount and period are those asked for, then the letter's own (BX-061)."
)
@represents(models.BankGuarantee)
class BankGuarantee(Case):
    state: CaseState
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    reason: str | None
    bank: Institution = strawberry.field(description="The bank that was chosen, in whose queue it waits.")
    contractor: Enterprise = strawberry.field(description="施工总承包单位, the applicant.")
    hrss_office: Authority | None = strawberry.field(description="人社监管单位, the beneficiary.")
    project_name: str
    amount_due: Yuan = strawberry.field(description="保证金应缴金额: the letter is for no less.")
    contact: str = strawberry.field(description="经办联系人.")
    mobile: str = strawberry.field(description="经办人手机.")
    remarks: str | None
    amount: Yuan = strawberry.field(description="保额.")
    starts_on: date
    ends_on: date
    guarantee_number: str | None = strawberry.field(description="保函号; null until the bank returns the letter.")
    fee: Yuan | None = strawberry.field(description="保函手续费; null until the bank returns the letter.")
    issued_on: date | None = strawberry.field(description="出函日期; null until the bank returns the letter.")
    wage_deposit: Annotated["WageDeposit", strawberry.lazy("schema.wage_deposits")] | None = strawberry.field(
        description="Null for the bank, which sees the application only."
    )


@strawberry.type(description="A letter of guarantee obtained offline and handed in (BX-062 to BX-070).")
@represents(models.OfflineGuarantee)
class OfflineGuarantee(Case):
    state: CaseState
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    reason: str | None
    kind: str = strawberry.field(description="保险类型.")
    contact: str = strawberry.field(description="经办联系人.")
    mobile: str = strawberry.field(description="经办人手机.")
    bank_brand: str = strawberry.field(description="银行品牌.")
    issuer: str = strawberry.field(description="承保出单机构.")
    product_name: str = strawberry.field(description="产品名称.")
    guarantee_number: str = strawberry.field(description="保函号.")
    amount: Yuan = strawberry.field(description="保额.")
    fee: Yuan = strawberry.field(description="保函手续费.")
    issued_on: date
    starts_on: date
    ends_on: date
    wage_deposit: Annotated["WageDeposit", strawberry.lazy("schema.wage_deposits")] = strawberry.field(
        description="Its project names the applicant (投保人) and the works (BX-063)."
    )


@strawberry.type(description="A way to a guarantee, and whether it can be taken now.")
@represents(channels.Offer)
class ChannelOffer:
    channel: Channel
    label: str
    available: bool
    sentence: str = strawberry.field(description="What to do, or why it cannot be taken now.")
    citation: Citation | None = strawberry.field(description="The rule that names the city's channels.")


@strawberry.type(description="What a deposit's page shows of its guarantee (BX-076).")
@represents(channels.GuaranteeBlock)
class GuaranteeBlock:
    amount: Yuan | None = strawberry.field(description="保函金额.")
    channel: Channel | None = strawberry.field(description="办理方式; null while there is nothing yet.")
    channel_label: str | None
    letter: Case | None = strawberry.field(description="In force, under way, or last refused; null is 暂无信息.")
    channels: list[ChannelOffer] = strawberry.field(description="The city's channels, as its ruleset lists them.")


ReportCashPaymentResult = Annotated[CashPayment | AnyProblem, strawberry.union("ReportCashPaymentResult")]
ApplyForBankGuaranteeResult = Annotated[BankGuarantee | AnyProblem, strawberry.union("ApplyForBankGuaranteeResult")]
ReturnBankGuaranteeResult = Annotated[BankGuarantee | AnyProblem, strawberry.union("ReturnBankGuaranteeResult")]
UploadOfflineGuaranteeResult = Annotated[
    OfflineGuarantee | AnyProblem, strawberry.union("UploadOfflineGuaranteeResult")
]


@strawberry.type
class PaymentMutations:
    report_cash_payment: ReportCashPaymentResult = root_field(
        payments.report_cash, "Report that the cash deposit was paid in."
    )
    apply_for_bank_guarantee: ApplyForBankGuaranteeResult = root_field(
        payments.apply_for_bank_guarantee, "Choose a bank and ask it for a letter of guarantee (银行保函办理)."
    )
    return_bank_guarantee: ReturnBankGuaranteeResult = root_field(
        payments.return_bank_guarantee,
        "The bank returns the letter, which secures the deposit; to refuse, it rejects the review.",
    )
    upload_offline_guarantee: UploadOfflineGuaranteeResult = root_field(
        payments.upload_guarantee, "Hand in a letter of guarantee obtained offline (保单保函上传)."
    )
