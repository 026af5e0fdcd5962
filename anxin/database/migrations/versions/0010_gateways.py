"""For gateways: what a message says, by name, and how they do. For the daily work: indexes of what is removed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from anxin.database.table_security import HIDDEN, secure_table

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("message", sa.Column("parameters", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.alter_column("message", "parameters", server_default=None)
    op.create_table(
        "gateway_state",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_state")),
        sa.UniqueConstraint("channel", name=op.f("uq_gateway_state_channel")),
    )
    secure_table("gateway_state", HIDDEN, ending=True)
    op.create_index(op.f("ix_login_guard_counted_since"), "login_guard", ["counted_since"])
    op.create_index(op.f("ix_one_time_code_sent_at"), "one_time_code", ["sent_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_one_time_code_sent_at"), "one_time_code")
    op.drop_index(op.f("ix_login_guard_counted_since"), "login_guard")
    op.drop_table("gateway_state")
    op.drop_column("message", "parameters")
