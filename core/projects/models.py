"""A construction project."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.access import OFFICES, SEEN_BY, Concerning, pages, pages_of_others
from core.actor import Role
from core.db import Base, fen, one_of, search_key
from core.identity.models import Authority, Enterprise
from core.privacy import masked


class ProjectState(StrEnum):
    """Draft until the form is complete; completed once an actual completion date is reported."""

    DRAFT = "draft"
    ENTERED = "entered"
    UNDER_CONSTRUCTION = "under_construction"
    COMPLETED = "completed"


STATE_NAMES = {
    ProjectState.DRAFT: "草稿",
    ProjectState.ENTERED: "已录入",
    ProjectState.UNDER_CONSTRUCTION: "在建",
    ProjectState.COMPLETED: "已竣工",
}

_SEEN: Mapping[Role, tuple[str, ...]] = {
    **Concerning.column_of_role,
    Role.HANDLER: ("applicant_id", "contractor_id", "owner_id"),
}
_SEEN_BY = (*SEEN_BY, "contractor_id", "owner_id")
_NUMBER = masked(Role.HANDLER, Role.HRSS_OFFICER, handlers_of=("applicant_id", "contractor_id"))
"""Who builds there is reached on it; the owner sees that there is one."""


class Project(Base, Concerning):
    """What the form states (BX-018 to BX-033), and the progress reported since (BX-115, BX-116).

    ``number`` is the platform's project number (工程编号), 19 digits as text. Amounts in yuan, durations in calendar
    days counted inclusively. A draft may lack anything.
    """

    __tablename__ = "project"
    __table_args__ = (
        one_of("state", ProjectState),
        *pages("id", beside=_SEEN_BY),
        *pages("state", "id", seen_by=OFFICES, beside=_SEEN_BY),
        *pages("supervising_area", "id", seen_by=OFFICES, beside=_SEEN_BY),
        *pages("number", "id", seen_by=OFFICES, beside=_SEEN_BY),
        *pages("name_key", "id", seen_by=OFFICES, beside=_SEEN_BY),
        *pages("contract_amount_fen", "id", seen_by=OFFICES, beside=_SEEN_BY),
        *pages("planned_start", "id", seen_by=OFFICES, beside=_SEEN_BY),
        *pages_of_others(_SEEN, "id", beside=_SEEN_BY),
        Index(None, "general_contractor_uscc", postgresql_where=text("contractor_id IS NULL AND state <> 'draft'")),
        Index(None, "works_key", postgresql_where=text("works_key IS NOT NULL")),
        Index(None, "permit_key", postgresql_where=text("permit_key IS NOT NULL")),
        Index(None, "owner_uscc", postgresql_where=text("owner_id IS NULL AND state <> 'draft'")),
    )
    column_of_role: ClassVar[Mapping[Role, tuple[str, ...]]] = _SEEN

    number: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    ruleset_version_id: Mapped[int] = mapped_column(ForeignKey("ruleset_version.id"))
    state: Mapped[str]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    revision: Mapped[int]

    industry_kind: Mapped[str | None]
    supervising_area: Mapped[str | None]
    name: Mapped[str | None]
    location: Mapped[str | None]
    area: Mapped[str | None]
    kind: Mapped[str | None]
    category: Mapped[str | None]
    contract_amount: Mapped[Decimal | None]
    contract_signed_on: Mapped[date | None]
    planned_start: Mapped[date | None]
    planned_end: Mapped[date | None]
    duration_days: Mapped[int | None]
    general_contractor: Mapped[str | None]
    general_contractor_uscc: Mapped[str | None]
    owner: Mapped[str | None]
    owner_uscc: Mapped[str | None]
    contractor_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    hrss_office_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    industry_authority_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    construction_permit_number: Mapped[str | None]
    construction_permit_on: Mapped[date | None]
    wage_pay_day: Mapped[int | None]
    manager: Mapped[str | None]
    manager_phone: Mapped[str | None] = mapped_column(info=_NUMBER)
    labour_officer: Mapped[str | None]
    labour_officer_phone: Mapped[str | None] = mapped_column(info=_NUMBER)
    actual_started_on: Mapped[date | None]
    expected_completed_on: Mapped[date | None]
    actual_completed_on: Mapped[date | None]
    city_fields: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What the city's forms asked besides (``core.reviews.city_fields``)."""
    works_key: Mapped[str | None]
    """Contractor, owner and name, folded, once it is entered: the same works entered twice have the same."""
    permit_key: Mapped[str | None]
    """The construction permit's number, folded, likewise."""
    name_key: Mapped[str] = search_key("name")
    contract_amount_fen: Mapped[int] = fen("contract_amount")

    @property
    def title(self) -> str:
        """What it goes by in an officer's queue."""
        return self.name or self.number

    applicant: Mapped[Enterprise] = relationship(
        primaryjoin="foreign(Project.applicant_id) == Enterprise.id", lazy="raise", viewonly=True
    )
    contractor: Mapped[Enterprise | None] = relationship(
        primaryjoin="foreign(Project.contractor_id) == Enterprise.id", lazy="raise", viewonly=True
    )
    owner_enterprise: Mapped[Enterprise | None] = relationship(
        primaryjoin="foreign(Project.owner_id) == Enterprise.id", lazy="raise", viewonly=True
    )
    hrss_office: Mapped[Authority | None] = relationship(
        primaryjoin="foreign(Project.hrss_office_id) == Authority.id", lazy="raise", viewonly=True
    )
    industry_authority: Mapped[Authority | None] = relationship(
        primaryjoin="foreign(Project.industry_authority_id) == Authority.id", lazy="raise", viewonly=True
    )
