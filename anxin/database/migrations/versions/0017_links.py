"""A message says what it is about, and when it was read."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("about_type", sa.Text()))
    op.add_column("message", sa.Column("about_id", sa.BigInteger()))
    op.add_column("message", sa.Column("read_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    for column in ("read_at", "about_id", "about_type"):
        op.drop_column("message", column)
