"""A payment or a letter that was approved is put right by another, after its filing was refused."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0021"
branch_labels = None
depends_on = None

_TABLES = ("cash_payment", "letter_submission")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("corrects_id", sa.BigInteger()))
        op.create_foreign_key(op.f(f"fk_{table}_corrects_id"), table, table, ["corrects_id"], ["id"])


def downgrade() -> None:
    """Refused while anything is corrected: before, a deposit was paid once."""
    for table in _TABLES:
        corrected = sa.text(f"SELECT EXISTS (SELECT FROM {table} WHERE corrects_id IS NOT NULL)")
        if op.get_bind().execute(corrected).scalar():
            raise RuntimeError(f"rows of {table} correct others, which the release before does not know")
    for table in _TABLES:
        op.drop_column(table, "corrects_id")
