"""Accounts, organisations and memberships; codes, sessions and log-in guards."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    exists,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from core.access import Hidden, Own, Personal, Shared
from core.actor import Role
from core.db import Base, one_of
from core.privacy import masked


class InstitutionKind(StrEnum):
    """What an institution is (institutions.kinds)."""

    BANK = "bank"
    GUARANTEE_COMPANY = "guarantee_company"
    INSURER = "insurer"


class Account(Base, Own):
    """A person. Signs in with a mobile number, which is unique.

    Who only states a number does not have it: until a code sent there was given back, ``mobile_proved_at`` is None, and
    whoever proves the number takes it (``core.identity.numbers``). An account without a number is closed: nobody signs
    in to it any more. ``appointed_at`` is when the platform's operator opened it (``anxin staff add``).
    """

    __tablename__ = "account"

    mobile: Mapped[str | None] = mapped_column(unique=True)
    mobile_proved_at: Mapped[datetime | None]
    appointed_at: Mapped[datetime | None]
    email: Mapped[str | None]
    name: Mapped[str]
    password_hash: Mapped[str] = mapped_column(deferred=True, deferred_raiseload=True)
    registered_at: Mapped[datetime]
    agreement_accepted_at: Mapped[datetime]
    agreement_version: Mapped[str]


NAMED = text("kind IN ('authority', 'operator')")
"""Organisations without a USCC, which their full name tells apart."""


class Organization(Base, Shared):
    """An enterprise, an institution, an authority, or the platform's operator, by ``kind``."""

    __tablename__ = "organization"
    __table_args__ = (
        CheckConstraint("kind IN ('enterprise', 'institution', 'authority', 'operator')", name="kind"),
        one_of("institution_kind", InstitutionKind),
        UniqueConstraint("uscc"),
        Index("ix_organization_institutions", "id", postgresql_where=text("kind = 'institution'")),
        Index("ix_organization_enterprises", "id", postgresql_where=text("kind = 'enterprise'")),
        Index("ix_organization_named", "kind", "name", unique=True, postgresql_where=NAMED),
    )
    # Read with the columns of every kind: whoever follows a relation to an organisation does not know which it is.
    __mapper_args__ = {"polymorphic_on": "kind", "with_polymorphic": "*"}  # noqa: RUF012 -- SQLAlchemy's way of saying it

    kind: Mapped[str]
    name: Mapped[str]
    uscc: Mapped[str | None]
    region_code: Mapped[str | None]


class Enterprise(Organization):
    """A firm, known by its unified social credit code. ``certified_at`` is None until a certification was approved."""

    __mapper_args__ = {"polymorphic_identity": "enterprise"}  # noqa: RUF012 -- as above

    organization_kind: Mapped[str | None]
    qualification: Mapped[str | None]
    registered_area: Mapped[str | None]
    contact: Mapped[str | None] = mapped_column(info=masked(members=True))
    certified_at: Mapped[datetime | None] = mapped_column()
    certified: Mapped[bool] = column_property(certified_at.is_not(None))


class Institution(Organization):
    """A bank, an insurer or a guarantee company."""

    __mapper_args__ = {"polymorphic_identity": "institution"}  # noqa: RUF012 -- as above

    institution_kind: Mapped[str | None]


class Authority(Organization):
    """An industry authority or an HRSS office, known by its full name."""

    __mapper_args__ = {"polymorphic_identity": "authority"}  # noqa: RUF012 -- as above


class Operator(Organization):
    """The platform's own staff."""

    __mapper_args__ = {"polymorphic_identity": "operator"}  # noqa: RUF012 -- as above


ORGANIZATIONS = cast("Table", Organization.__table__)
"""For statements that are put together once: they take no part of a class by itself."""


class Membership(Base, Personal):
    """An account acts for an organisation in a role, between two days (``until`` included)."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("account_id", "organization_id", "role"),
        one_of("role", Role),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    role: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]

    organization: Mapped[Organization] = relationship(lazy="raise")

    @classmethod
    def current(cls, on: date | BindParameter[Any]) -> ColumnElement[bool]:
        """The memberships that hold on a day."""
        return and_(cls.since <= on, or_(cls.until.is_(None), cls.until >= on))

    @classmethod
    def acts_for(cls, account_id: BindParameter[Any], organization_id: Any) -> ColumnElement[bool]:
        """In a statement with a parameter ``on``: whether the account acts for the organisation that day."""
        its = (cls.account_id == account_id, cls.organization_id == organization_id)
        return exists(cls.id).where(*its, cls.current(bindparam("on")))


class Session(Base, Hidden):
    """A log-in. The token itself is never kept, only its digest.

    ``holds_until``: up to then nothing about the session need be asked but whether this column still says so. Null when
    it was revoked, or when the account acts for another organisation in it; a trigger nulls it when the membership
    changes.
    """

    __tablename__ = "session"
    asked_by_its = "account_id"
    asked = ("id", "holds_until")

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id"), index=True)
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    holds_until: Mapped[datetime | None]


class CodePurpose(StrEnum):
    """What a one-time code is for; one for another purpose proves nothing."""

    REGISTER = "register"
    LOG_IN = "log_in"
    RESET_PASSWORD = "reset_password"  # noqa: S105 -- a purpose
    CHANGE_MOBILE = "change_mobile"
    CHANGE_EMAIL = "change_email"


class OneTimeCode(Base, Hidden):
    """A code sent to prove a mobile number or mail address. Good for one use, bound to its request."""

    __tablename__ = "one_time_code"
    __table_args__ = (
        one_of("purpose", CodePurpose),
        CheckConstraint("channel IN ('sms', 'email')", name="channel"),
        Index(None, "address", "sent_at"),
        Index(None, "source", "sent_at"),
        Index(None, "sent_at"),
    )

    request: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    channel: Mapped[str]
    address: Mapped[str]
    source: Mapped[bytes]
    digest: Mapped[bytes]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries_left: Mapped[int]
    used_at: Mapped[datetime | None]


class Invitation(Base, Hidden):
    """A mobile number is invited to handle an enterprise's cases, up to a moment. It ends by being accepted, withdrawn
    or repeated, or with the membership of who wrote it."""

    __tablename__ = "invitation"
    __table_args__ = (
        Index(
            "uq_invitation_open", "organization_id", "mobile", unique=True, postgresql_where=text("ended_at IS NULL")
        ),
        Index(None, "organization_id", "invited_at"),
        Index(None, "mobile"),
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    mobile: Mapped[str]
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class LoginGuard(Base, Hidden):
    """Tries with a mobile number from one source (a digest), or, where that is empty, from all of them.

    ``counted_since`` is the first of them; of a locked source the last, by which it was locked.
    """

    __tablename__ = "login_guard"
    __table_args__ = (UniqueConstraint("mobile", "source"), Index(None, "locked_until"), Index(None, "counted_since"))

    mobile: Mapped[str]
    source: Mapped[bytes]
    failures: Mapped[int]
    counted_since: Mapped[datetime]
    locked_until: Mapped[datetime | None]
