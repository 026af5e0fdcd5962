"""The guarantee, its versions, and the cases by which it comes."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.access import Concerning, pages
from core.actor import Role
from core.db import Base, one_of
from core.identity.models import Authority, Enterprise, Institution
from core.privacy import masked
from core.reviews.models import Case


class GuaranteeState(StrEnum):
    """Where a guarantee stands."""

    PENDING = "pending"
    IN_FORCE = "in_force"
    REPLACED = "replaced"
    EXPIRED = "expired"
    RELEASED = "released"


STATE_NAMES = {
    GuaranteeState.PENDING: "尚未生效",
    GuaranteeState.IN_FORCE: "有效",
    GuaranteeState.REPLACED: "已被替换",
    GuaranteeState.EXPIRED: "已到期",
    GuaranteeState.RELEASED: "已解除",
}


class GuaranteeOrigin(StrEnum):
    """How a guarantee came to the platform."""

    ORDER = "order"
    UPLOAD = "upload"


ORIGIN_NAMES = {
    GuaranteeOrigin.ORDER: "平台办理",
    GuaranteeOrigin.UPLOAD: "线下办理后上传",
}


class OrderState(StrEnum):
    """Where an order stands at its institution."""

    UNDER_REVIEW = "under_review"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"


ORDER_STATE_NAMES = {
    OrderState.UNDER_REVIEW: "机构审核中",
    OrderState.ACCEPTED: "已受理",
    OrderState.REFUSED: "未受理",
    OrderState.ISSUED: "已出函",
    OrderState.WITHDRAWN: "已撤回",
}

SUBJECT = ("subject_type", "subject_id")
"""What is secured: its class, and its id. An area above owns its table, so nothing refers to it."""


_SEEING = ("applicant_id", "office_id", "supervising_office_id", "authority_id")
_OFFICES = ("office_id", "authority_id", "issuer_id")


class GuaranteeOrder(Case):
    """An application for a guarantee at an institution (BX-060, BX-061). Its office is the institution.

    ``amount`` and the period are what is asked for, and stay. The institution does not see what is secured, so what it
    must know of it stands here.
    """

    __tablename__ = "guarantee_order"
    procedure = "guarantee_order"
    label = "银行保函办理"
    table_args = (
        Index(None, *SUBJECT, "id"),
        *pages("id", seen_by=_SEEING, beside=_SEEING),
        *pages("state", "id", seen_by=("office_id", "supervising_office_id", "authority_id"), beside=_SEEING),
    )
    column_of_role: ClassVar[Mapping[Role, tuple[str, ...]]] = {
        **Case.column_of_role,
        Role.HRSS_OFFICER: ("supervising_office_id",),
    }

    subject_type: Mapped[str]
    subject_id: Mapped[int]
    supervising_office_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    project_name: Mapped[str]
    amount_due: Mapped[Decimal]
    contact: Mapped[str]
    mobile: Mapped[str] = mapped_column(info=masked(Role.HANDLER, Role.HRSS_OFFICER, Role.INSTITUTION_STAFF))
    remarks: Mapped[str | None]
    amount: Mapped[Decimal]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    accepted_at: Mapped[datetime | None]

    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(GuaranteeOrder.office_id) == Institution.id", lazy="raise", viewonly=True
    )
    contractor: Mapped[Enterprise] = relationship(
        primaryjoin="foreign(GuaranteeOrder.applicant_id) == Enterprise.id", lazy="raise", viewonly=True
    )
    hrss_office: Mapped[Authority | None] = relationship(
        primaryjoin="foreign(GuaranteeOrder.supervising_office_id) == Authority.id", lazy="raise", viewonly=True
    )
    guarantee: Mapped["Guarantee | None"] = relationship(
        primaryjoin="GuaranteeOrder.id == foreign(Guarantee.order_id)", lazy="raise", viewonly=True, uselist=False
    )


class LetterSubmission(Case):
    """A letter of guarantee obtained elsewhere and handed in for review (BX-062 to BX-071)."""

    __tablename__ = "letter_submission"
    procedure = "letter_submission"
    label = "保单保函上传"
    table_args = (Index(None, *SUBJECT, "id"),)

    subject_type: Mapped[str]
    subject_id: Mapped[int]
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    """Who issued it, where that was chosen among the institutions of the city."""
    kind: Mapped[str]
    contact: Mapped[str]
    mobile: Mapped[str] = mapped_column(info=masked(Role.HANDLER, Role.HRSS_OFFICER))
    bank_brand: Mapped[str]
    issuer: Mapped[str]
    product_name: Mapped[str]
    guarantee_number: Mapped[str]
    amount: Mapped[Decimal]
    fee: Mapped[Decimal]
    issued_on: Mapped[date]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    extends_id: Mapped[int | None] = mapped_column(ForeignKey("guarantee.id", use_alter=True))
    """The guarantee that it is an endorsement (批单) of; None for a letter of its own."""
    endorsement_number: Mapped[str | None]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("letter_submission.id"))

    corrected_letter: Mapped["LetterSubmission | None"] = relationship(
        remote_side="LetterSubmission.id", lazy="raise", viewonly=True
    )
    """The approved submission that this one puts right: of the same guarantee, which stands as it is until then."""
    institution: Mapped[Institution | None] = relationship(
        primaryjoin="foreign(LetterSubmission.institution_id) == Institution.id", lazy="raise", viewonly=True
    )
    guarantee: Mapped["Guarantee | None"] = relationship(
        primaryjoin="LetterSubmission.id == foreign(Guarantee.letter_submission_id)",
        lazy="raise",
        viewonly=True,
        uselist=False,
    )
    extends: Mapped["Guarantee | None"] = relationship(
        primaryjoin="foreign(LetterSubmission.extends_id) == Guarantee.id", lazy="raise", viewonly=True
    )


UNSETTLED = text("state = 'in_force' AND end_settled_at IS NULL")
"""Guarantees in force of whose end nobody was told yet, nor had to be (``core.guarantees.expiry``)."""


class Guarantee(Base, Concerning):
    """A letter of guarantee (保函) and what it is at the moment; what it was, its versions tell.

    Its issuer's staff see it, where the issuer is on the platform. ``number_key`` is issuer and number, folded: the
    number of an issuer stands for one guarantee for ever. It is null of those whose number stood twice before that was
    looked at.
    """

    __tablename__ = "guarantee"
    __table_args__ = (
        one_of("state", GuaranteeState),
        one_of("origin", GuaranteeOrigin),
        UniqueConstraint("number_key"),
        UniqueConstraint("order_id"),
        UniqueConstraint("letter_submission_id"),
        Index(None, *SUBJECT, "id"),
        Index(None, "ends_on", "id", postgresql_where=UNSETTLED),
        Index("ix_guarantee_in_force", "ends_on", "id", postgresql_where=text("state = 'in_force'")),
        Index("ix_guarantee_pending", "starts_on", "id", postgresql_where=text("state = 'pending'")),
        *pages("id", seen_by=("applicant_id", *_OFFICES), beside=("applicant_id", *_OFFICES)),
        *pages("state", "id", seen_by=_OFFICES, beside=("applicant_id", *_OFFICES)),
        *pages("guarantee_number", "id", seen_by=_OFFICES, beside=("applicant_id", *_OFFICES)),
        *pages("ends_on", "id", seen_by=_OFFICES, beside=("applicant_id", *_OFFICES)),
    )
    column_of_role: ClassVar[Mapping[Role, tuple[str, ...]]] = {
        **Concerning.column_of_role,
        Role.INSTITUTION_STAFF: ("issuer_id",),
    }

    issuer_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), sort_order=-1)
    subject_type: Mapped[str]
    subject_id: Mapped[int]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    ruleset_version_id: Mapped[int] = mapped_column(ForeignKey("ruleset_version.id"))
    origin: Mapped[str]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("guarantee_order.id"))
    letter_submission_id: Mapped[int | None] = mapped_column(ForeignKey("letter_submission.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("guarantee.id"))
    """Which it takes the place of; that one stands until this one is in force."""
    kind: Mapped[str]
    product_name: Mapped[str | None]
    issuer: Mapped[str]
    guarantee_number: Mapped[str] = mapped_column(Text(collation="C"))
    number_key: Mapped[str | None]
    beneficiary_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    """The office that the letter names, whoever supervises by now."""
    amount: Mapped[Decimal]
    fee: Mapped[Decimal]
    issued_on: Mapped[date]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    end_settled_at: Mapped[datetime | None]
    state: Mapped[str]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    """Who applied for it or handed it in."""
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """Who issued it, or found it good; None where that was not kept."""
    revision: Mapped[int] = mapped_column(server_default="1")

    institution: Mapped[Institution | None] = relationship(
        primaryjoin="foreign(Guarantee.issuer_id) == Institution.id", lazy="raise", viewonly=True
    )
    contractor: Mapped[Enterprise] = relationship(
        primaryjoin="foreign(Guarantee.applicant_id) == Enterprise.id", lazy="raise", viewonly=True
    )
    beneficiary: Mapped[Authority | None] = relationship(
        primaryjoin="foreign(Guarantee.beneficiary_id) == Authority.id", lazy="raise", viewonly=True
    )
    replaces: Mapped["Guarantee | None"] = relationship(remote_side="Guarantee.id", lazy="raise", viewonly=True)
    order: Mapped[GuaranteeOrder | None] = relationship(lazy="raise", viewonly=True)
    letter_submission: Mapped[LetterSubmission | None] = relationship(
        primaryjoin="foreign(Guarantee.letter_submission_id) == LetterSubmission.id", lazy="raise", viewonly=True
    )
    versions: Mapped[list["GuaranteeVersion"]] = relationship(
        lazy="raise", order_by="GuaranteeVersion.id", viewonly=True
    )


class GuaranteeVersion(Base, Concerning):
    """What a guarantee says, or said: the first as it was issued, a further one by each endorsement (批单)."""

    __tablename__ = "guarantee_version"
    __table_args__ = (UniqueConstraint("guarantee_id", "number"),)
    column_of_role: ClassVar[Mapping[Role, tuple[str, ...]]] = Guarantee.column_of_role

    issuer_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), sort_order=-1)
    guarantee_id: Mapped[int] = mapped_column(ForeignKey("guarantee.id"))
    number: Mapped[int]
    endorsement_number: Mapped[str | None]
    amount: Mapped[Decimal]
    fee: Mapped[Decimal]
    issued_on: Mapped[date]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    recorded_at: Mapped[datetime]
