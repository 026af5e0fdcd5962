"""The wage deposit, from quota to cancellation."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from core.reviews.models import CaseState
from core.wage_deposits import models
from core.wage_deposits.models import ApplicationType, DepositState, EntryMode, FilingStatus, PaymentMethod
from resolvers import wage_deposits
from resolvers.scalars import Rate, Yuan
from schema.cases import Case
from schema.decisions import Decision
from schema.fields import Node, answered_by, represents, root_field
from schema.paging import Connection
from schema.problems import AnyProblem
from schema.projects import Project


@strawberry.type(description="定额申请: whether and how much a contractor deposits for a project (BX-040 to BX-052).")
@represents(models.QuotaApplication)
class QuotaApplication(Case):
    state: CaseState
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    reason: str | None
    batch_number: str = strawberry.field(description="申请批次号.")
    application_type: ApplicationType
    payment_method: PaymentMethod | None = strawberry.field(description="缴纳方式; null for exempt and deferred.")
    entry_mode: EntryMode
    entry_ratio: Rate | None
    entry_amount: Yuan | None
    contract_amount: Yuan
    requested_amount: Yuan = strawberry.field(description="申请金额, what the deposit will be (应缴金额).")
    secured_amount: Yuan | None = strawberry.field(description="保函金额 or 现金金额.")
    handler: str
    handler_phone: str
    remarks: str | None
    project: Project


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
    bank: str
    account_number: str


@strawberry.type(description="A letter of guarantee obtained offline and handed in (BX-062 to BX-070).")
@represents(models.OfflineGuarantee)
class OfflineGuarantee(Case):
    state: CaseState
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    reason: str | None
    kind: str
    contact: str
    mobile: str
    bank_brand: str
    issuer: str
    product_name: str
    guarantee_number: str = strawberry.field(description="保函号.")
    amount: Yuan
    fee: Yuan
    issued_on: date
    starts_on: date
    ends_on: date


@strawberry.type(description="定额保证金备案: the deposit is put on record with the office.")
@represents(models.Filing)
class Filing(Case):
    state: CaseState
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    reason: str | None
    kind: str
    kind_label: str = answered_by(wage_deposits.filing_kind_label, "备案类型.")
    wage_deposit: Annotated["WageDeposit", strawberry.lazy("schema.wage_deposits")]


@strawberry.type(description="保证金注销申请.")
@represents(models.Cancellation)
class Cancellation(Case):
    state: CaseState
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    reason: str | None
    actual_started_on: date
    actual_completed_on: date
    public_notice_from: date
    handler: str
    handler_phone: str
    remarks: str | None


@strawberry.type(description="保证金: what an approved quota obliges the contractor to (BX-075).")
@represents(models.WageDeposit)
class WageDeposit(Node):
    state: DepositState
    filing_status: FilingStatus
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
    cash_payments: list[CashPayment]
    offline_guarantees: list[OfflineGuarantee]
    filings: list[Filing]
    cancellations: list[Cancellation]


SubmitQuotaApplicationResult = Annotated[
    QuotaApplication | AnyProblem, strawberry.union("SubmitQuotaApplicationResult")
]
ReportCashPaymentResult = Annotated[CashPayment | AnyProblem, strawberry.union("ReportCashPaymentResult")]
UploadOfflineGuaranteeResult = Annotated[
    OfflineGuarantee | AnyProblem, strawberry.union("UploadOfflineGuaranteeResult")
]
SubmitFilingResult = Annotated[Filing | AnyProblem, strawberry.union("SubmitFilingResult")]
SubmitCancellationResult = Annotated[Cancellation | AnyProblem, strawberry.union("SubmitCancellationResult")]


@strawberry.type
class WageDepositQueries:
    quota_applications: Connection[QuotaApplication] = root_field(
        wage_deposits.applications, "Quota applications (定额申请列表), newest first."
    )
    filings: Connection[Filing] = root_field(wage_deposits.filings, "Filing applications (备案申请), newest first.")
    quote_deposit: list[Decision] = root_field(
        wage_deposits.requested_amount,
        "What would be applied for, and what the city asks for. Computed, not kept.",
        public=True,
    )
    # Last: in the lines above, the name still means the module.
    wage_deposits: Connection[WageDeposit] = root_field(wage_deposits.deposits, "Deposits, newest first.")


@strawberry.type
class WageDepositMutations:
    submit_quota_application: SubmitQuotaApplicationResult = root_field(
        wage_deposits.submit_quota, "Apply for a project's quota, or correct and resubmit a rejected application."
    )
    report_cash_payment: ReportCashPaymentResult = root_field(
        wage_deposits.report_cash, "Report that the cash deposit was paid in."
    )
    upload_offline_guarantee: UploadOfflineGuaranteeResult = root_field(
        wage_deposits.upload_guarantee, "Hand in a letter of guarantee obtained offline (保单保函上传)."
    )
    submit_filing: SubmitFilingResult = root_field(wage_deposits.submit_filing, "发起备案.")
    submit_cancellation: SubmitCancellationResult = root_field(
        wage_deposits.submit_cancellation, "保证金注销申请, after the project's completion."
    )
