"""Letters whose end is still to be told, by an index of their own: a day's work is what falls due."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_LETTERS = ("bank_guarantee", "offline_guarantee")


def upgrade() -> None:
    for letters in _LETTERS:
        op.add_column(letters, sa.Column("end_settled_at", sa.DateTime(timezone=True)))
        told = "SELECT raised_at FROM alert WHERE kind = 'guarantee_expiry' AND subject_id = letter.id"
        op.execute(
            f"UPDATE {letters} AS letter SET end_settled_at = ({told} AND subject_type = "
            f"'{''.join(map(str.capitalize, letters.split('_')))}' AND ends_on = letter.ends_on)"
        )
        op.create_index(
            op.f(f"ix_{letters}_ends_on_id"),
            letters,
            ["ends_on", "id"],
            postgresql_where=sa.text("state = 'approved' AND end_settled_at IS NULL"),
        )


def downgrade() -> None:
    for letters in _LETTERS:
        op.drop_index(op.f(f"ix_{letters}_ends_on_id"), letters)
        op.drop_column(letters, "end_settled_at")
