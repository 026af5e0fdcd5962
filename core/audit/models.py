"""Entries of the audit trail, and the heads of its chains."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.access import APPLYING, SEEN_BY, Concerning, Hidden, pages
from core.actor import Role
from core.db import Base
from core.privacy import masked

_TOLD = masked(None, Role.HANDLER, Role.HRSS_OFFICER, Role.CERTIFICATION_REVIEWER, Role.INSTITUTION_STAFF)
"""Who handles cases reads what was stated in them; who only supervises those who do, with the numbers masked."""


class AuditEntry(Base, Concerning):
    """Who did what to which case, for whom, with what change, under which rules. Never updated, never deleted."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("chain", "number"),
        Index(None, "subject_type", "subject_id", "id"),
        *pages("id", beside=(*SEEN_BY, "submitter_id")),
        *pages("id", seen_by=["submitter_id"], where="applicant_id IS NULL"),
    )
    seen_by_its = "submitter_id"
    seen_as = APPLYING

    applicant_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), sort_order=-1)  # pyright: ignore[reportIncompatibleVariableOverride] -- acts on accounts concern nobody else
    chain: Mapped[str]
    number: Mapped[int]
    at: Mapped[datetime]
    account_id: Mapped[int | None]
    submitter_id: Mapped[int | None]
    """Whose the thing was when it had no applicant: it stays his to see, whoever it is about later."""
    actor_name: Mapped[str]
    role: Mapped[str | None]
    act: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[int]
    before: Mapped[dict[str, Any]] = mapped_column(info=_TOLD)
    after: Mapped[dict[str, Any]] = mapped_column(info=_TOLD)
    reason: Mapped[str | None]
    ruleset_digest: Mapped[str | None]
    request_id: Mapped[str]
    previous: Mapped[bytes]
    digest: Mapped[bytes]


class AuditHead(Base, Hidden):
    """The last entry of a chain."""

    __tablename__ = "audit_head"

    chain: Mapped[str] = mapped_column(unique=True)
    number: Mapped[int]
    digest: Mapped[bytes]
