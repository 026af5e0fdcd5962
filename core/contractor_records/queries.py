"""The statements that count for a contractor in a region on a day: of each matter the latest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, bindparam, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from core.contractor_records.models import ContractorRecord
from core.identity.models import ORGANIZATIONS

_RECORDS = cast("Table", ContractorRecord.__table__)


@dataclass(frozen=True)
class Statement:
    """A statement as rules and their answers need it. ``office`` is who stated it, by name."""

    id: int
    fact: str
    value: bool | int
    basis: str
    as_of: date
    office: str


def in_force() -> ColumnElement[Any]:
    """For another statement's columns: what ``read`` takes, bound to ``applicant_id``, ``region_code`` and ``on``."""
    latest = (
        select(_RECORDS)
        .where(
            _RECORDS.c.applicant_id == bindparam("applicant_id"),
            _RECORDS.c.region_code == bindparam("region_code"),
            _RECORDS.c.as_of <= bindparam("on"),
        )
        .ext(distinct_on(_RECORDS.c.fact))
        .order_by(_RECORDS.c.fact, _RECORDS.c.as_of.desc(), _RECORDS.c.id.desc())
        .subquery()
    )
    row = latest.c
    each = func.json_build_array(row.id, row.fact, row.holds, row.years, row.basis, row.as_of, ORGANIZATIONS.c.name)
    joined = latest.join(ORGANIZATIONS, ORGANIZATIONS.c.id == row.office_id)
    return select(func.json_agg(each)).select_from(joined).scalar_subquery()


def read(rows: Sequence[Sequence[Any]] | None) -> Sequence[Statement]:
    """What ``in_force`` gave."""
    return [
        Statement(id, fact, years if holds is None else holds, basis, date.fromisoformat(as_of), office)
        for id, fact, holds, years, basis, as_of, office in rows or ()
    ]
