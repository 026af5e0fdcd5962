"""What an institution does in a region."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.access import Shared
from core.db import Base, one_of
from core.identity.models import Institution, InstitutionKind


class ServiceState(StrEnum):
    """Whether a service is offered."""

    LIVE = "live"
    SUSPENDED = "suspended"


class InstitutionService(Base, Shared):
    """A kind of guarantee that an institution issues in a region."""

    __tablename__ = "institution_service"
    __table_args__ = (
        one_of("kind", InstitutionKind),
        one_of("state", ServiceState),
        UniqueConstraint("institution_id", "region_code", "kind"),
        Index(None, "institution_id", "kind", "region_code"),
    )

    institution_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    region_code: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    since: Mapped[datetime]

    institution: Mapped[Institution] = relationship(lazy="raise")
