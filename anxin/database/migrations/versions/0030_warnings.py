"""What an act was warned of is kept whole, with its code and its place, beside what it rested on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0030"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("kept_decision", sa.Column("warning", JSONB()))
    op.alter_column("kept_decision", "body", nullable=True)


def downgrade() -> None:
    """Refused while a warning is kept that rests on no decision: it would be lost."""
    alone = op.get_bind().execute(sa.text("SELECT count(*) FROM kept_decision WHERE body IS NULL")).scalar()
    if alone:
        raise RuntimeError(f"{alone} warnings rest on no decision, which the release before cannot keep")
    op.alter_column("kept_decision", "body", nullable=False)
    op.drop_column("kept_decision", "warning")
