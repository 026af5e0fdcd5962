"""Cases, projects and uses keep the answers to a city's own questions; of an enterprise nothing is kept that its city's
form does not ask."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0014"

_ASKED = (
    "certification",
    "quota_application",
    "cash_payment",
    "bank_guarantee",
    "offline_guarantee",
    "filing",
    "cancellation",
    "project",
    "deposit_use",
)
_NOT_ASKED = ("organization_kind", "qualification", "registered_area", "contact")


def upgrade() -> None:
    for table in _ASKED:
        op.add_column(table, sa.Column("city_fields", JSONB()))
    for column in _NOT_ASKED:
        op.alter_column("certification", column, nullable=True)


def downgrade() -> None:
    """Only while nothing is kept that the earlier tables have no place for: it would be lost."""
    kept = " UNION ALL ".join(f"SELECT 1 FROM {table} WHERE city_fields IS NOT NULL" for table in _ASKED)
    lacking = " OR ".join(f"{column} IS NULL" for column in _NOT_ASKED)
    found = f"SELECT EXISTS ({kept} UNION ALL SELECT 1 FROM certification WHERE {lacking})"
    if op.get_bind().execute(sa.text(found)).scalar():
        raise RuntimeError("rows hold what only this form of the tables can keep: no way back to 0017 and earlier")
    for column in _NOT_ASKED:
        op.alter_column("certification", column, nullable=False)
    for table in _ASKED:
        op.drop_column(table, "city_fields")
