"""The wage deposit and all of its life: the quota that brings it, how it is secured, filed, used and cancelled."""

from datetime import date, datetime

import strawberry

from core.wage_deposits import channels, models
from core.wage_deposits.channels import Channel
from core.wage_deposits.models import ApplicationType, DepositState, EntryMode, FilingStatus, PaymentMethod
from resolvers import cancellations, deposit_uses, filings, payments, reviews, wage_deposits
from resolvers.scalars import Rate, Yuan
from schema.cases import Case
from schema.decisions import Citation, Decision
from schema.fields import Node, answered_by, extends, represents, root_field
from schema.identity import Authority, Enterprise, Institution
from schema.mutations import mutation
from schema.paging import Connection
from schema.projects import Project


@strawberry.type(description="定额申请: whether and how much a contractor deposits for a project (BX-040 to BX-052).")
@represents(models.QuotaApplication)
class QuotaApplication(Case):
    batch_number: str = strawberry.field(description="申请批次号.")
    application_type: ApplicationType
    payment_method: PaymentMethod | None = strawberry.field(description="缴纳方式; null for exempt and deferred.")
    entry_mode: EntryMode
    entry_ratio: Rate | None
    entry_amount: Yuan | None
    contract_amount: Yuan
    requested_amount: Yuan = strawberry.field(description="申请金额, what the deposit will be (应缴金额).")
    amount_label: str = answered_by(
        wage_deposits.amount_label, "How lists name it: 保证金应缴金额, or 保证金估算金额 of an exemption (BX-053)."
    )
    secured_amount: Yuan | None = strawberry.field(description="保函金额 or 现金金额.")
    handler: str
    handler_phone: str
    remarks: str | None
    project: Project


@strawberry.type(description="Cash paid into the special account, as reported.")
@represents(models.CashPayment)
class CashPayment(Case):
    amount: Yuan
    paid_on: date
    bank: str = strawberry.field(description="开户银行.")
    account_number: str = strawberry.field(description="专户账号.")
    wage_deposit: "WageDeposit"


@strawberry.type(
    description="银行保函 applied for at a bank: amount and period are those asked for, then the letter's own (BX-061)."
)
@represents(models.BankGuarantee)
class BankGuarantee(Case):
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
    wage_deposit: "WageDeposit | None" = strawberry.field(
        description="Null for the bank, which sees the application only."
    )


@strawberry.type(description="A letter of guarantee obtained offline and handed in (BX-062 to BX-070).")
@represents(models.OfflineGuarantee)
class OfflineGuarantee(Case):
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
    wage_deposit: "WageDeposit" = strawberry.field(
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


@strawberry.type(description="定额保证金备案: the deposit is put on record with the office.")
@represents(models.Filing)
class Filing(Case):
    state_label: str = answered_by(filings.state_label, "申请状态: 申请中, 已驳回, 已完成 (BX-110).")
    kind: str
    kind_label: str = answered_by(filings.kind_label, "备案类型.")
    wage_deposit: "WageDeposit"


@strawberry.type(description="保证金注销申请.")
@represents(models.Cancellation)
class Cancellation(Case):
    actual_started_on: date
    actual_completed_on: date
    public_notice_from: date = strawberry.field(description="公示起始日期.")
    handler: str
    handler_phone: str
    remarks: str | None
    wage_deposit: "WageDeposit"


@strawberry.type(description="Wages paid out of a deposit on a payment notice (BX-074).")
@represents(models.DepositUse)
class DepositUse(Node):
    notice_number: str = strawberry.field(description="支付通知书编号.")
    amount: Yuan
    used_on: date
    reason: str = strawberry.field(description="动用事由.")
    replenish_by: date | None = strawberry.field(description="By when to make it up; null where no period is set.")
    replenish_provisional: bool = strawberry.field(
        description="The day rests on a year whose calendar is not published yet."
    )
    recorded_at: datetime
    wage_deposit: "WageDeposit"
    decisions: list[Decision] = answered_by(reviews.decisions, "The period for making it up, as it was then.")


@strawberry.type(description="保证金: what an approved quota obliges the contractor to (BX-075).")
@represents(models.WageDeposit)
class WageDeposit(Node):
    state: DepositState
    state_label: str = answered_by(wage_deposits.state_label, "保证金状态, such as 已注销 (BX-117).")
    filing_status: FilingStatus
    filing_status_label: str = answered_by(wage_deposits.filing_status_label, "备案状态, such as 未备案 (BX-109).")
    application_type: ApplicationType
    payment_method: PaymentMethod | None
    contract_amount: Yuan
    amount_due: Yuan = strawberry.field(description="保证金应缴金额.")
    application_ratio: Rate | None = strawberry.field(description="申请比例: amount due over contract amount.")
    secured_amount: Yuan | None
    handler: str
    handler_phone: str
    created_at: datetime
    secured_at: datetime | None
    filed_at: datetime | None
    cancelled_at: datetime | None
    project: Project
    quota_application: QuotaApplication
    guarantee: GuaranteeBlock | None = answered_by(
        payments.guarantee, "What stands for the deposit, and the channels to choose from; null without a guarantee."
    )
    cash_payments: list[CashPayment]
    bank_guarantees: list[BankGuarantee]
    offline_guarantees: list[OfflineGuarantee]
    filings: list[Filing]
    cancellations: list[Cancellation]
    uses: list[DepositUse] = strawberry.field(description="保证金动用, oldest first (BX-074).")


@extends(Project, after="contractor")
class _DepositsOfProject:
    quota_applications: list[QuotaApplication]
    wage_deposits: list[WageDeposit]


@strawberry.type
class WageDepositQueries:
    quota_applications: Connection[QuotaApplication] = root_field(
        wage_deposits.applications, "Quota applications (定额申请列表), newest first."
    )
    quote_deposit: list[Decision] = root_field(
        wage_deposits.requested_amount,
        "What would be applied for, and what the city asks for. Computed, not kept.",
        public=True,
    )
    wage_deposits: Connection[WageDeposit] = root_field(wage_deposits.deposits, "Deposits, newest first.")
    filings: Connection[Filing] = root_field(filings.page, "Filing applications (备案申请), newest first.")


@strawberry.type
class WageDepositMutations:
    submit_quota_application = mutation(
        wage_deposits.submit_quota, "Apply for a project's quota, or correct and resubmit a rejected application."
    )
    report_cash_payment = mutation(payments.report_cash, "Report that the cash deposit was paid in.")
    apply_for_bank_guarantee = mutation(
        payments.apply_for_bank_guarantee, "Choose a bank and ask it for a letter of guarantee (银行保函办理)."
    )
    return_bank_guarantee = mutation(
        payments.return_bank_guarantee,
        "The bank returns the letter, which secures the deposit; to refuse, it rejects the review.",
    )
    upload_offline_guarantee = mutation(
        payments.upload_guarantee, "Hand in a letter of guarantee obtained offline (保单保函上传)."
    )
    submit_filing = mutation(filings.submit, "发起备案.")
    submit_cancellation = mutation(
        cancellations.submit, "保证金注销申请, after the project's completion; or the correction of a rejected one."
    )
    record_deposit_use = mutation(deposit_uses.record, "An officer records that the deposit was used (保证金动用).")
