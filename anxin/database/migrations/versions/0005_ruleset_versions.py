"""What a city's rules were last loaded as, and the worked examples beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("ruleset_version", sa.Column("examples", sa.Text()))
    op.add_column("ruleset_version", sa.Column("last_loaded_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE ruleset_version SET last_loaded_at = first_loaded_at")
    op.alter_column("ruleset_version", "last_loaded_at", nullable=False)


def downgrade() -> None:
    op.drop_column("ruleset_version", "last_loaded_at")
    op.drop_column("ruleset_version", "examples")
