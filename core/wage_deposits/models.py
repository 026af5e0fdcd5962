"""The quota application, the deposit, and the cases of its life."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, case, func, literal_column, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, backref, column_property, mapped_column, relationship

from core.access import OFFICES, SEEN_BY, Concerning, pages
from core.actor import Role
from core.db import Base, fen, one_of
from core.decisions import Decision
from core.privacy import masked
from core.projects.models import Project
from core.reviews.models import Case


class ApplicationType(StrEnum):
    """申请类型 (BX-035)."""

    EXEMPT = "exempt"
    DEFERRED = "deferred"
    ORDINARY = "ordinary"


class PaymentMethod(StrEnum):
    """缴纳方式 of an ordinary payment (BX-036)."""

    CASH = "cash"
    GUARANTEE = "guarantee"


class EntryMode(StrEnum):
    """预缴方式: whether the enterprise states the amount or a ratio of the contract amount (BX-038)."""

    AMOUNT = "amount"
    RATIO = "ratio"


class DepositState(StrEnum):
    """Where a deposit stands. An exempt one is waived for good; a deferred one waits for an ordinary quota (BX-059)."""

    WAIVED = "waived"
    DEFERRED = "deferred"
    AWAITING_PAYMENT = "awaiting_payment"
    SECURED = "secured"
    TO_REPLENISH = "to_replenish"
    UNSECURED = "unsecured"
    CANCELLED = "cancelled"


STATE_NAMES = {
    DepositState.WAIVED: "无需缴纳",
    DepositState.DEFERRED: "缓缴中",
    DepositState.AWAITING_PAYMENT: "待缴纳",
    DepositState.SECURED: "已缴纳",
    DepositState.TO_REPLENISH: "已动用，待补足",
    DepositState.UNSECURED: "保函已到期，待续保",
    DepositState.CANCELLED: "已注销",
}


_STANDING = (DepositState.SECURED.value, DepositState.TO_REPLENISH.value)
"""In which something stands for the deposit."""


class FilingStatus(StrEnum):
    """备案状态 of a deposit (BX-109); the filing application has states of its own."""

    NOT_REQUIRED = "not_required"
    UNFILED = "unfiled"
    APPLYING = "applying"
    FILED = "filed"


FILING_STATUS_NAMES = {
    FilingStatus.NOT_REQUIRED: "无需备案",
    FilingStatus.UNFILED: "未备案",
    FilingStatus.APPLYING: "备案申请中",
    FilingStatus.FILED: "已备案",
}


class QuotaApplication(Case):
    """定额申请 (BX-040 to BX-049). Amounts in yuan; ``entry_ratio`` a fraction. ``batch_number`` is the 申请批次号."""

    __tablename__ = "quota_application"
    procedure = "quota_application"
    label = "定额申请"
    table_args = (
        *pages("id", beside=SEEN_BY),
        *pages("state", "id", seen_by=OFFICES, beside=SEEN_BY),
        *pages("application_type", "id", seen_by=OFFICES, beside=SEEN_BY),
        *pages("payment_method", "id", seen_by=OFFICES, beside=SEEN_BY),
        Index(None, "project_id", "id"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    batch_number: Mapped[str] = mapped_column(unique=True)
    application_type: Mapped[str]
    payment_method: Mapped[str | None]
    entry_mode: Mapped[str]
    entry_ratio: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    entry_amount: Mapped[Decimal | None]
    contract_amount: Mapped[Decimal]
    requested_amount: Mapped[Decimal]
    secured_amount: Mapped[Decimal | None]
    handler: Mapped[str]
    handler_phone: Mapped[str] = mapped_column(info=masked(Role.HANDLER, Role.HRSS_OFFICER))
    remarks: Mapped[str | None]

    basis_today: Sequence[Decision] = ()
    """What it rests on by the facts of the day, once an act looked at them; kept with what the act decides."""

    project: Mapped[Project] = relationship(
        lazy="raise", backref=backref("quota_applications", lazy="raise", order_by="QuotaApplication.id")
    )


class WageDeposit(Base, Concerning):
    """保证金: what an approved quota application obliges the contractor to (BX-075).

    ``secured_amount`` is what was provided, of which ``used_amount`` was taken out and not made up since;
    ``replenish_by`` is the first day by which some of it is to be, None where the city sets no period. ``provided_on``
    is since when there is something to take: the cash's day, or the first of the letter.
    """

    __tablename__ = "wage_deposit"
    __table_args__ = (
        one_of("state", DepositState),
        one_of("filing_status", FilingStatus),
        *pages("id", beside=SEEN_BY),
        *pages("state", "id", seen_by=OFFICES, beside=SEEN_BY),
        *pages("filing_status", "id", seen_by=OFFICES, beside=SEEN_BY),
        *pages("amount_due_fen", "id", seen_by=OFFICES, beside=SEEN_BY),
        # One living deposit a project: competing approvals meet here.
        Index("ix_wage_deposit_living", "project_id", unique=True, postgresql_where="state <> 'cancelled'"),
        Index(None, "project_id", "id"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    quota_application_id: Mapped[int] = mapped_column(ForeignKey("quota_application.id"), unique=True)
    ruleset_version_id: Mapped[int] = mapped_column(ForeignKey("ruleset_version.id"))
    application_type: Mapped[str]
    payment_method: Mapped[str | None]
    contract_amount: Mapped[Decimal] = mapped_column(Numeric(18, 2))
    amount_due: Mapped[Decimal] = mapped_column(Numeric(18, 2))
    secured_amount: Mapped[Decimal | None] = mapped_column(Numeric(18, 2))
    used_amount: Mapped[Decimal] = mapped_column(Numeric(18, 2), server_default="0")
    replenish_by: Mapped[date | None]
    provided_on: Mapped[date | None]
    handler: Mapped[str]
    handler_phone: Mapped[str] = mapped_column(info=masked(Role.HANDLER, Role.HRSS_OFFICER))
    state: Mapped[str] = mapped_column()
    filing_status: Mapped[str]
    created_at: Mapped[datetime]
    secured_at: Mapped[datetime | None]
    filed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    amount_due_fen: Mapped[int] = fen("amount_due")

    application_ratio: Mapped[Decimal | None] = column_property(
        func.round(amount_due / func.nullif(contract_amount, 0), 6, type_=Numeric(18, 6))
    )
    amount_in_force: Mapped[Decimal] = column_property(
        case(
            (
                state.in_([literal_column(f"'{one}'") for one in _STANDING]),
                func.coalesce(secured_amount, 0, type_=Numeric(18, 2)) - used_amount,
            ),
            else_=literal_column("0.00", Numeric(18, 2)),
        )
    )
    shortfall: Mapped[Decimal | None] = column_property(
        case(
            (
                state.in_([literal_column(f"'{DepositState.TO_REPLENISH}'")]),
                func.greatest(amount_due - secured_amount + used_amount, 0, type_=Numeric(18, 2)),
            )
        )
    )

    project: Mapped[Project] = relationship(
        lazy="raise", backref=backref("wage_deposits", lazy="raise", order_by="WageDeposit.id")
    )
    quota_application: Mapped[QuotaApplication] = relationship(lazy="raise")
    cash_payments: Mapped[list["CashPayment"]] = relationship(lazy="raise", order_by="CashPayment.id", viewonly=True)
    filings: Mapped[list["Filing"]] = relationship(lazy="raise", order_by="Filing.id", viewonly=True)
    cancellations: Mapped[list["Cancellation"]] = relationship(lazy="raise", order_by="Cancellation.id", viewonly=True)
    uses: Mapped[list["DepositUse"]] = relationship(lazy="raise", order_by="DepositUse.id", viewonly=True)


class CashPayment(Case):
    """A cash deposit paid into the special account, reported by the enterprise and checked by the office."""

    __tablename__ = "cash_payment"
    procedure = "cash_payment"
    label = "现金缴纳"
    table_args = (*pages("id"), Index(None, "wage_deposit_id", "id"))

    wage_deposit_id: Mapped[int] = mapped_column(ForeignKey("wage_deposit.id"))
    amount: Mapped[Decimal]
    paid_on: Mapped[date]
    bank: Mapped[str]
    account_number: Mapped[str] = mapped_column(info=masked(Role.HANDLER, Role.HRSS_OFFICER))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("cash_payment.id"))

    wage_deposit: Mapped[WageDeposit] = relationship(lazy="raise")
    corrected_payment: Mapped["CashPayment | None"] = relationship(
        remote_side="CashPayment.id", lazy="raise", viewonly=True
    )
    """The approved report in whose place this one is put, after the filing was refused; that one stands until then."""


class Filing(Case):
    """备案: the deposit is put on record with the office (BX-107 to BX-113)."""

    __tablename__ = "filing"
    procedure = "filing"
    label = "定额保证金备案"
    table_args = (
        *pages("id", beside=SEEN_BY),
        *pages("state", "id", seen_by=OFFICES, beside=SEEN_BY),
        Index(None, "wage_deposit_id", "id"),
    )

    wage_deposit_id: Mapped[int] = mapped_column(ForeignKey("wage_deposit.id"))
    kind: Mapped[str]

    wage_deposit: Mapped[WageDeposit] = relationship(lazy="raise")


class Cancellation(Case):
    """注销: the deposit ends after the project's completion and the public notice (BX-119 to BX-126)."""

    __tablename__ = "cancellation"
    procedure = "cancellation"
    label = "保证金注销申请"
    table_args = (*pages("id"), Index(None, "wage_deposit_id", "id"))

    wage_deposit_id: Mapped[int] = mapped_column(ForeignKey("wage_deposit.id"))
    actual_started_on: Mapped[date]
    actual_completed_on: Mapped[date]
    public_notice_from: Mapped[date]
    handler: Mapped[str]
    handler_phone: Mapped[str] = mapped_column(info=masked(Role.HANDLER, Role.HRSS_OFFICER))
    remarks: Mapped[str | None]

    wage_deposit: Mapped[WageDeposit] = relationship(lazy="raise")


UNTOLD = text("made_up_at IS NULL AND told_at IS NULL AND replenish_by IS NOT NULL")
"""Uses that are to be made up by a day, of which no alert tells yet (``core.wage_deposits.replenishment``)."""


class DepositUse(Base, Concerning):
    """保证金动用: wages paid out of the deposit on a payment notice (支付通知书), and by when it is made up (BX-074).

    ``replenish_by`` is None where the city sets no period; ``told_at`` is when an alert was raised on that day.
    """

    __tablename__ = "deposit_use"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        UniqueConstraint("wage_deposit_id", "notice_number"),
        Index("ix_deposit_use_untold", "id", postgresql_where=UNTOLD),
        *pages("id"),
    )

    wage_deposit_id: Mapped[int] = mapped_column(ForeignKey("wage_deposit.id"))
    ruleset_version_id: Mapped[int] = mapped_column(ForeignKey("ruleset_version.id"))
    notice_number: Mapped[str]
    amount: Mapped[Decimal]
    used_on: Mapped[date]
    reason: Mapped[str]
    replenish_by: Mapped[date | None]
    replenish_provisional: Mapped[bool]
    made_up_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    city_fields: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))

    wage_deposit: Mapped[WageDeposit] = relationship(lazy="raise")
