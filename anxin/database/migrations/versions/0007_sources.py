"""Tries to log in, and one-time codes, are counted by where they come from."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was counted and locked whatever it came from is counted anew; codes are good for minutes.
    op.execute("DELETE FROM login_guard")
    op.drop_constraint(op.f("uq_login_guard_mobile"), "login_guard")
    op.drop_column("login_guard", "locked_at")
    op.drop_column("login_guard", "failures")
    op.add_column("login_guard", sa.Column("source", sa.LargeBinary(), nullable=False))
    op.add_column("login_guard", sa.Column("failures", sa.BigInteger(), nullable=False))
    op.add_column("login_guard", sa.Column("counted_since", sa.DateTime(timezone=True), nullable=False))
    op.add_column("login_guard", sa.Column("locked_until", sa.DateTime(timezone=True)))
    op.create_unique_constraint(op.f("uq_login_guard_mobile_source"), "login_guard", ["mobile", "source"])
    op.create_index(op.f("ix_login_guard_locked_until"), "login_guard", ["locked_until"])
    op.add_column("one_time_code", sa.Column("source", sa.LargeBinary(), nullable=False, server_default=""))
    op.alter_column("one_time_code", "source", server_default=None)
    op.create_index(op.f("ix_one_time_code_source_sent_at"), "one_time_code", ["source", "sent_at"])


def downgrade() -> None:
    op.drop_column("one_time_code", "source")  # and its index
    op.execute("DELETE FROM login_guard")
    op.drop_column("login_guard", "source")  # and its constraint
    op.drop_column("login_guard", "counted_since")
    op.drop_column("login_guard", "locked_until")
    op.add_column("login_guard", sa.Column("locked_at", sa.DateTime(timezone=True)))
    op.create_unique_constraint(op.f("uq_login_guard_mobile"), "login_guard", ["mobile"])
