"""Mobile numbers that are invited to handle an enterprise's cases; enterprises in the order they came."""

import sqlalchemy as sa
from alembic import op

from anxin.database.table_security import HIDDEN, secure_table

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("mobile", sa.Text(), nullable=False),
        sa.Column("invited_by_id", sa.BigInteger(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("accepted_by_id", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_invitation_organization_id")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["account.id"], name=op.f("fk_invitation_invited_by_id")),
        sa.ForeignKeyConstraint(["accepted_by_id"], ["account.id"], name=op.f("fk_invitation_accepted_by_id")),
    )
    op.create_index(op.f("ix_invitation_mobile"), "invitation", ["mobile"])
    op.create_index(op.f("ix_invitation_organization_id_invited_at"), "invitation", ["organization_id", "invited_at"])
    op.create_index(
        "uq_invitation_open",
        "invitation",
        ["organization_id", "mobile"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    secure_table("invitation", HIDDEN)
    op.create_index(
        "ix_organization_enterprises", "organization", ["id"], postgresql_where=sa.text("kind = 'enterprise'")
    )


def downgrade() -> None:
    op.drop_index("ix_organization_enterprises", "organization")
    op.drop_table("invitation")
