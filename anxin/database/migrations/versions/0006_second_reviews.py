"""A review that confirms a first approval, where a city asks for two officers."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("review", sa.Column("confirms_id", sa.BigInteger()))
    op.create_foreign_key(op.f("fk_review_confirms_id"), "review", "review", ["confirms_id"], ["id"])
    op.execute("GRANT SELECT (confirms_id) ON review TO anxin_reader")


def downgrade() -> None:
    op.drop_column("review", "confirms_id")
