"""A letter handed in may extend a guarantee that stands: its endorsement, which adds a version."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0032"

_NEEDS_NEW_FORM = """
    SELECT EXISTS (SELECT FROM letter_submission WHERE extends_id IS NOT NULL)
        OR EXISTS (SELECT FROM guarantee_version WHERE endorsement_number IS NOT NULL)
"""


def upgrade() -> None:
    op.add_column("letter_submission", sa.Column("extends_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_letter_submission_extends_id"), "letter_submission", "guarantee", ["extends_id"], ["id"]
    )
    op.add_column("letter_submission", sa.Column("endorsement_number", sa.Text()))


def downgrade() -> None:
    if op.get_bind().execute(sa.text(_NEEDS_NEW_FORM)).scalar():
        raise RuntimeError(
            "there is no way back from 0034: guarantees were extended since; go back to a backup of before, or stay"
        )
    op.drop_column("letter_submission", "endorsement_number")
    op.drop_column("letter_submission", "extends_id")
