"""Indexes of lists carry the columns by which rows are seen: a page far down is found without the rows above it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0020"
branch_labels = None
depends_on = None

_OFFICES = ("office_id", "authority_id")
_SEEN_BY = ("applicant_id", *_OFFICES)
_ALL = {
    "project": ("contractor_id", "owner_id"),
    "audit_entry": ("submitter_id",),
    "review": ("submitted_by_id",),
    "certification": ("created_by_id",),
    "quota_application": (),
    "wage_deposit": (),
    "filing": (),
    "alert": (),
}
_OTHERS = {
    "contractor_id": "contractor_id IS DISTINCT FROM applicant_id",
    "owner_id": "owner_id IS DISTINCT FROM applicant_id AND owner_id IS DISTINCT FROM contractor_id",
}
_BY_STATE = ("project", "quota_application", "wage_deposit", "filing", "alert")


def upgrade() -> None:
    _rebuild(carry=True)


def downgrade() -> None:
    _rebuild(carry=False)


def _rebuild(*, carry: bool) -> None:
    for table, others in _ALL.items():
        for column in _SEEN_BY:
            _replace(table, [column, "id"], (*_SEEN_BY, *others) if carry else ())
        for column in _OFFICES if table in _BY_STATE else ():
            _replace(table, [column, "state", "id"], (*_SEEN_BY, *others) if carry else ())

    for column, where in _OTHERS.items():
        _replace("project", [column, "id"], (*_SEEN_BY, *_OTHERS) if carry else (), sa.text(where))


def _replace(table: str, columns: Sequence[str], carried: Sequence[str], where: sa.TextClause | None = None) -> None:
    name = op.f("_".join(("ix", table, *columns)))
    beside = [one for one in carried if one not in columns] or None
    op.drop_index(name, table)
    op.create_index(name, table, columns, postgresql_include=beside, postgresql_where=where)
