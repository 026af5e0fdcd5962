"""The wage deposit and all of its life: the quota that brings it, how it is secured, filed, used and cancelled."""

from datetime import date, datetime

from core.wage_deposits import channels, models
from core.wage_deposits.channels import Channel
from core.wage_deposits.models import ApplicationType, DepositState, EntryMode, FilingStatus, PaymentMethod
from resolvers import (
    cancellations,
    city_fields,
    deferrals,
    deposit_uses,
    filings,
    payments,
    reviews,
    wage_deposits,
    warnings,
)
from resolvers.labels import label_of
from resolvers.scalars import Rate, Yuan
from schema.cases import Case
from schema.city_fields import CityField
from schema.contractor_records import ContractorRecord
from schema.decisions import Citation, Decision, Violation
from schema.fields import Connection, Node, answered_by, extends, mutation, represents, root_field
from schema.guarantees import Secured
from schema.projects import Project


@represents(
    models.QuotaApplication, "Whether and how much a contractor deposits for a project, BX-040 to BX-052 (定额申请)."
)
class QuotaApplication(Case):
    batch_number: str
    application_type: ApplicationType
    application_type_label: str = answered_by(label_of("application.type", "application_type"))
    payment_method: PaymentMethod | None
    payment_method_label: str | None = answered_by(label_of("application.payment_method", "payment_method"))
    entry_mode: EntryMode
    entry_mode_label: str = answered_by(label_of("application.entry_mode", "entry_mode"))
    entry_ratio: Rate | None
    entry_amount: Yuan | None
    contract_amount: Yuan
    requested_amount: Yuan
    amount_label: str = answered_by(wage_deposits.amount_label)
    secured_amount: Yuan | None
    handler: str
    handler_phone: str
    remarks: str | None
    project: Project


@represents(models.CashPayment, "Cash paid into the special account, as reported (现金缴存).")
class CashPayment(Case):
    amount: Yuan
    paid_on: date
    bank: str
    account_number: str
    wage_deposit: "WageDeposit"
    corrected_payment: "CashPayment | None"


@represents(channels.Offer, "A way to a guarantee, and whether it can be taken now (办理渠道).")
class ChannelOffer:
    channel: Channel
    label: str
    available: bool
    sentence: str
    citation: Citation | None


@represents(channels.GuaranteeBlock, "What a deposit's page shows of its guarantee, BX-076 (保函信息).")
class GuaranteeBlock:
    amount: Yuan | None
    channel: Channel | None
    channel_label: str | None
    letter: Case | None
    channels: list[ChannelOffer]


@represents(models.Filing, "The deposit is put on record with the office (定额保证金备案).")
class Filing(Case):
    state_label: str = answered_by(filings.state_label)
    kind: str
    kind_label: str = answered_by(filings.kind_label)
    wage_deposit: "WageDeposit"


@represents(models.Cancellation, "An application for the end of a deposit (注销申请).")
class Cancellation(Case):
    actual_started_on: date | None
    actual_completed_on: date | None
    public_notice_from: date
    handler: str
    handler_phone: str
    remarks: str | None
    wage_deposit: "WageDeposit"


@represents(models.DepositUse, "Wages paid out of a deposit on a payment notice, BX-074 (保证金动用).")
class DepositUse(Node):
    notice_number: str
    amount: Yuan
    used_on: date
    reason: str | None
    replenish_by: date | None
    replenish_provisional: bool
    made_up_at: datetime | None
    city_fields: list[CityField] = answered_by(city_fields.city_fields)
    recorded_at: datetime
    wage_deposit: "WageDeposit"
    decisions: list[Decision] = answered_by(reviews.decisions)
    warnings: list[Violation] = answered_by(warnings.of_row)


@represents(models.WageDeposit, "What an approved quota obliges the contractor to, BX-075 (工资保证金).")
class WageDeposit(Secured):
    state: DepositState
    state_label: str = answered_by(wage_deposits.state_label)
    filing_status: FilingStatus
    filing_status_label: str = answered_by(wage_deposits.filing_status_label)
    application_type: ApplicationType
    application_type_label: str = answered_by(label_of("application.type", "application_type"))
    payment_method: PaymentMethod | None
    payment_method_label: str | None = answered_by(label_of("application.payment_method", "payment_method"))
    contract_amount: Yuan
    amount_due: Yuan
    amount_required: Yuan = answered_by(wage_deposits.amount_required)
    application_ratio: Rate | None
    secured_amount: Yuan | None
    used_amount: Yuan
    amount_in_force: Yuan
    shortfall: Yuan | None
    replenish_by: date | None
    provided_on: date | None
    handler: str
    handler_phone: str
    created_at: datetime
    secured_at: datetime | None
    filed_at: datetime | None
    cancelled_at: datetime | None
    project: Project
    quota_application: QuotaApplication
    guarantee_block: GuaranteeBlock | None = answered_by(payments.guarantee)
    cash_payments: list[CashPayment]
    filings: list[Filing]
    cancellations: list[Cancellation]
    uses: list[DepositUse]


@extends(Project, after="contractor")
class _DepositsOfProject:
    quota_applications: list[QuotaApplication]
    wage_deposits: list[WageDeposit]


@extends(ContractorRecord, after="hrss_office")
class _ExemptDepositsOfContractor:
    exempt_deposits: list[WageDeposit] = answered_by(deferrals.exempt_of_contractor)


class Queries:
    quota_applications: Connection[QuotaApplication] = root_field(
        wage_deposits.applications, "Quota applications (定额申请列表), newest first."
    )
    quote_deposit: list[Decision] = root_field(
        wage_deposits.requested_amount,
        "What would be applied for, and what the city asks for; computed, not kept (试算).",
        public=True,
    )
    wage_deposits: Connection[WageDeposit] = root_field(wage_deposits.deposits, "Deposits, newest first (保证金列表).")
    cash_payments: Connection[CashPayment] = root_field(
        payments.cash_payments, "Cash deposits as reported (现金缴纳), newest first."
    )
    filings: Connection[Filing] = root_field(filings.page, "Filing applications (备案申请), newest first.")
    cancellations: Connection[Cancellation] = root_field(
        cancellations.page, "Applications for cancellation (注销申请), newest first."
    )
    deposit_uses: Connection[DepositUse] = root_field(deposit_uses.page, "Uses of deposits (保证金动用), newest first.")


class Mutations:
    submit_quota_application = mutation(
        wage_deposits.submit_quota,
        "Apply for a project's quota, or correct and resubmit a rejected application (定额申请).",
    )
    report_cash_payment = mutation(payments.report_cash, "Report that the cash deposit was paid in (现金缴纳).")
    submit_filing = mutation(filings.submit, "Ask the office to put the deposit on record (发起备案).")
    submit_cancellation = mutation(
        cancellations.submit,
        "Apply for the deposit's end after the project's completion, or correct a rejected one (注销申请).",
    )
    state_deferral_end = mutation(
        deferrals.state_end, "An officer states until when the deposit is deferred; an alert keeps the day (缓缴期限)."
    )
    record_deposit_use = mutation(deposit_uses.record, "An officer records that the deposit was used (保证金动用).")
