"""A statement on a contractor's record."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.access import SEEN_BY, Concerning, pages
from core.db import Base, one_of
from core.identity.models import Authority, Enterprise


class ContractorFact(StrEnum):
    """What can be stated, each the ruleset's fact ``contractor.<value>``."""

    CLEAN_YEARS = "clean_years"
    ARREARS_WITHIN_2_YEARS = "arrears_within_2_years"
    ON_SERIOUS_LIST = "on_serious_list"
    REAL_NAME_SYSTEM = "real_name_system"
    WAGE_ACCOUNT = "wage_account"
    OTHER_PROJECTS_IN_AREA = "other_projects_in_area"


FACT_NAMES = {
    ContractorFact.CLEAN_YEARS: "连续未拖欠工资的年数",
    ContractorFact.ARREARS_WITHIN_2_YEARS: "存储前两年内有拖欠",
    ContractorFact.ON_SERIOUS_LIST: "列入拖欠农民工工资失信联合惩戒名单",
    ContractorFact.REAL_NAME_SYSTEM: "落实实名制",
    ContractorFact.WAGE_ACCOUNT: "落实工资专用账户",
    ContractorFact.OTHER_PROJECTS_IN_AREA: "同一管理地区已有其他在建项目",
}


class ContractorRecord(Base, Concerning):
    """One matter of an enterprise in a region, as an office stated it: how it was on the day ``as_of``, and the paper
    or check it rests on. ``years`` of clean years, ``holds`` of all else."""

    __tablename__ = "contractor_record"
    __table_args__ = (
        one_of("fact", ContractorFact),
        CheckConstraint("num_nulls(holds, years) = 1 AND coalesce(years, 0) >= 0", name="value"),
        *pages("id", beside=SEEN_BY),
        Index(None, "applicant_id", "region_code", "fact", "as_of"),
    )

    fact: Mapped[str]
    holds: Mapped[bool | None]
    years: Mapped[int | None]
    basis: Mapped[str]
    as_of: Mapped[date]
    stated_at: Mapped[datetime]
    stated_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))

    enterprise: Mapped[Enterprise] = relationship(
        primaryjoin="foreign(ContractorRecord.applicant_id) == Enterprise.id", lazy="raise", viewonly=True
    )
    hrss_office: Mapped[Authority | None] = relationship(
        primaryjoin="foreign(ContractorRecord.office_id) == Authority.id", lazy="raise", viewonly=True
    )
