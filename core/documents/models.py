"""A file that was handed in."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.access import Concerning
from core.actor import Role
from core.db import Base


class Document(Base, Concerning):
    """An uploaded file. Belongs to its uploader's organisation at first; ``subject_type`` and ``subject_id`` name the
    case it was handed in for, ``material`` as which material."""

    __tablename__ = "document"
    __table_args__ = (Index(None, "subject_type", "subject_id", "id"),)
    seen_by_its = "uploaded_by_id"
    # What an institution's staff upload is theirs until it is handed in.
    column_of_role: ClassVar[Mapping[Role, tuple[str, ...]]] = {
        **Concerning.column_of_role,
        Role.INSTITUTION_STAFF: ("applicant_id",),
    }

    applicant_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), sort_order=-1)  # pyright: ignore[reportIncompatibleVariableOverride] -- none before the first certification

    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    uploaded_at: Mapped[datetime]
    material: Mapped[str | None]
    subject_type: Mapped[str | None]
    subject_id: Mapped[int | None]
    rounds: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    """The rounds of the case that it was handed in for: one file may serve again in the next."""
