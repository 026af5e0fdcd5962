"""An application to be certified."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.access import pages
from core.identity.models import Enterprise
from core.reviews.models import Case, CaseState

STATE_LABELS = {
    CaseState.DRAFT: "草稿",
    CaseState.SUBMITTED: "审核中",
    CaseState.APPROVED: "认证完成",
    CaseState.REJECTED: "审核未通过",
}
"""As the manual prints them (BX-012, BX-014)."""


class Certification(Case):
    """An enterprise's application to be certified (企业认证), with what it stated."""

    __tablename__ = "certification"
    procedure = "certification"
    label = "企业认证"
    table_args = (*pages("id"), Index(None, "enterprise_id", "id"))

    number: Mapped[str] = mapped_column(unique=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str]
    uscc: Mapped[str]
    organization_kind: Mapped[str]
    qualification: Mapped[str]
    registered_area: Mapped[str]
    contact: Mapped[str]

    enterprise: Mapped[Enterprise] = relationship(foreign_keys="Certification.enterprise_id", lazy="raise")
