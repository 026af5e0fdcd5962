"""Quotas, and the deposits they bring."""

from datetime import datetime
from typing import Annotated

import strawberry

from core.reviews.models import CaseState
from core.wage_deposits import models
from core.wage_deposits.models import ApplicationType, DepositState, EntryMode, FilingStatus, PaymentMethod
from resolvers import payments, wage_deposits
from resolvers.scalars import Rate, Yuan
from schema.cancellations import Cancellation
from schema.cases import Case
from schema.decisions import Decision
from schema.deposit_uses import DepositUse
from schema.fields import Node, answered_by, represents, root_field
from schema.filings import Filing
from schema.paging import Connection
from schema.payments import BankGuarantee, CashPayment, GuaranteeBlock, OfflineGuarantee
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
    amount_label: str = answered_by(
        wage_deposits.amount_label, "How lists name it: 保证金应缴金额, or 保证金估算金额 of an exemption (BX-053)."
    )
    secured_amount: Yuan | None = strawberry.field(description="保函金额 or 现金金额.")
    handler: str
    handler_phone: str
    remarks: str | None
    project: Project


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


SubmitQuotaApplicationResult = Annotated[
    QuotaApplication | AnyProblem, strawberry.union("SubmitQuotaApplicationResult")
]


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
    # Last: in the lines above, the name still means the module.
    wage_deposits: Connection[WageDeposit] = root_field(wage_deposits.deposits, "Deposits, newest first.")


@strawberry.type
class WageDepositMutations:
    submit_quota_application: SubmitQuotaApplicationResult = root_field(
        wage_deposits.submit_quota, "Apply for a project's quota, or correct and resubmit a rejected application."
    )
