"""An application to be certified."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.access import APPLYING, SEEN_BY, pages
from core.identity.models import Enterprise
from core.reviews.models import Case, CaseState

STATE_LABELS = {
    CaseState.DRAFT: "草稿",
    CaseState.SUBMITTED: "审核中",
    CaseState.APPROVED: "认证完成",
    CaseState.REJECTED: "审核未通过",
    CaseState.WITHDRAWN: "已撤回",
}
"""As the manual prints them (BX-012, BX-014)."""


class Certification(Case):
    """An enterprise's application to be certified (企业认证), with what it stated.

    Who submits it acts for nobody by that: it has no applicant, and is his and the reviewers' to see, until it is
    approved. Only a handler's application for his own enterprise, in another city, is the enterprise's from the start.
    """

    __tablename__ = "certification"
    procedure = "certification"
    label = "企业认证"
    table_args = (
        *pages("id", beside=(*SEEN_BY, "created_by_id")),
        *pages("id", seen_by=["created_by_id"], where="applicant_id IS NULL"),
        Index(None, "enterprise_id", "id"),
        Index(None, "uscc", "id"),
    )
    seen_by_its = "created_by_id"
    seen_as = APPLYING

    applicant_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), sort_order=-1)  # pyright: ignore[reportIncompatibleVariableOverride] -- none until it is approved
    number: Mapped[str] = mapped_column(unique=True)
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str]
    uscc: Mapped[str]
    organization_kind: Mapped[str | None]
    qualification: Mapped[str | None]
    registered_area: Mapped[str | None]
    contact: Mapped[str | None]

    enterprise: Mapped[Enterprise | None] = relationship(foreign_keys="Certification.enterprise_id", lazy="raise")
