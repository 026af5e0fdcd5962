"""Cases say how often they were changed, so that who changes one can say which he saw."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_CASES = (
    "certification",
    "quota_application",
    "cash_payment",
    "bank_guarantee",
    "offline_guarantee",
    "filing",
    "cancellation",
)


def upgrade() -> None:
    for table in _CASES:
        op.add_column(table, sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False))


def downgrade() -> None:
    for table in _CASES:
        op.drop_column(table, "revision")
