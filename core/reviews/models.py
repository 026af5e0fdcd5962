"""Cases and the rounds of their review."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship
from sqlalchemy.schema import SchemaItem

from core.access import APPLYING, OFFICES, SEEN_BY, Concerning, pages
from core.db import Base, one_of, search_key
from core.identity.models import Organization


class CaseState(StrEnum):
    """Where a case stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


STATE_NAMES = {
    CaseState.DRAFT: "草稿",
    CaseState.SUBMITTED: "审核中",
    CaseState.APPROVED: "已完成",
    CaseState.REJECTED: "已驳回",
    CaseState.WITHDRAWN: "已撤回",
}


class Outcome(StrEnum):
    """How one round of review ended: by its reviewer, or taken back before anybody decided."""

    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


OUTCOME_NAMES = {Outcome.APPROVED: "审核通过", Outcome.REJECTED: "已驳回", Outcome.WITHDRAWN: "已撤回"}


class Case(Base, Concerning):
    """What is applied for. Pins the ruleset version it began under; each table of a case adds what it states."""

    __abstract__ = True
    procedure: ClassVar[str]
    label: ClassVar[str]
    table_args: ClassVar[Sequence[SchemaItem]] = ()
    """Indexes and checks of the table of one kind of case."""

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (one_of("state", CaseState), *cls.table_args)

    ruleset_version_id: Mapped[int] = mapped_column(ForeignKey("ruleset_version.id"))
    state: Mapped[str]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    round: Mapped[int] = mapped_column(server_default="0")
    """How often it was handed in: the newest of its rounds (``Review.round``)."""
    revision: Mapped[int] = mapped_column(server_default="1")
    """One more with each change of the row, in the same UPDATE (``core.act.Act.expect``)."""
    city_fields: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What the city's form asked besides (``core.reviews.city_fields``): canonical texts by the facts' paths."""


class Review(Base, Concerning):
    """One round: submitted, then approved, rejected with a reason, or withdrawn; until then it waits in its queue.

    ``decided_at`` is the moment it ended; who withdrew it decided nothing, and ``decided_by_id`` stays None.
    """

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("outcome IN ('approved', 'rejected', 'withdrawn')", name="outcome"),
        CheckConstraint("outcome IS DISTINCT FROM 'rejected' OR reason IS NOT NULL", name="reason"),
        Index("ix_review_open", "subject_type", "subject_id", unique=True, postgresql_where="outcome IS NULL"),
        Index(None, "subject_type", "subject_id"),
        *pages("id", beside=(*SEEN_BY, "submitted_by_id")),
        *pages("procedure", "id", seen_by=OFFICES),
        *pages("due_on", "id", where="outcome IS NULL", beside=(*SEEN_BY, "submitted_by_id")),
        *pages("id", seen_by=["submitted_by_id"], where="applicant_id IS NULL"),
    )
    seen_by_its = "submitted_by_id"
    seen_as = APPLYING

    applicant_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), sort_order=-1)  # pyright: ignore[reportIncompatibleVariableOverride] -- none before a certification is approved
    procedure: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[int]
    title: Mapped[str]
    round: Mapped[int]
    submitted_at: Mapped[datetime]
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    due_on: Mapped[date | None]
    due_provisional: Mapped[bool]
    outcome: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reviewer: Mapped[str | None]
    """The name of who decided, as it was then: accounts are their owners' to read alone."""
    reason: Mapped[str | None]
    ruleset_version_id: Mapped[int] = mapped_column(ForeignKey("ruleset_version.id"))
    title_key: Mapped[str] = search_key("title")
    confirms_id: Mapped[int | None] = mapped_column(ForeignKey("review.id"))

    confirms: Mapped["Review | None"] = relationship(remote_side="Review.id", lazy="raise")
    """The first approval, where this is the second review that the city's rules ask for (``four_eyes``)."""

    office: Mapped[Organization | None] = relationship(
        primaryjoin="foreign(Review.office_id) == Organization.id", lazy="raise", viewonly=True
    )

    @property
    def case_class(self) -> type[Case]:
        """The class of the case this round is about."""
        return cases_by_name()[self.subject_type]


def cases_by_name() -> Mapping[str, type[Case]]:
    """Every kind of case by its name, which rows about one keep."""
    kinds = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Case)]
    return {kind.__name__: kind for kind in kinds}


class KeptDecision(Base, Concerning):
    """A decision that an act rested on, as it was then; or what the act was warned of, with the decision behind it."""

    __tablename__ = "kept_decision"
    __table_args__ = (Index(None, "subject_type", "subject_id", "id"),)
    seen_by_its = "submitter_id"
    seen_as = APPLYING

    applicant_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), sort_order=-1)  # pyright: ignore[reportIncompatibleVariableOverride] -- none before a certification is approved
    submitter_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """Whose case it is while it has no applicant."""
    subject_type: Mapped[str]
    subject_id: Mapped[int]
    round: Mapped[int | None]
    """Of the case; of what has no rounds the revision that the act brought it to, None where it has none either."""
    act: Mapped[str]
    path: Mapped[str]
    body: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    warning: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Code, path and texts of the violation that refused nothing; None for what the act rested on."""
    kept_at: Mapped[datetime]
