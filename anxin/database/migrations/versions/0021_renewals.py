"""A guarantee takes another's place, begins and ends; a deposit whose letter ended is unsecured; uses are made up."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0015"

_DEPOSITS = ["waived", "deferred", "awaiting_payment", "secured", "cancelled"]
_NEEDS_NEW_FORM = """
    SELECT EXISTS (SELECT FROM guarantee WHERE state NOT IN ('in_force', 'released') OR replaces_id IS NOT NULL)
        OR EXISTS (SELECT FROM wage_deposit WHERE state = 'unsecured')
        OR EXISTS (SELECT FROM deposit_use WHERE made_up_at IS NOT NULL)
"""


def upgrade() -> None:
    op.add_column("guarantee", sa.Column("replaces_id", sa.BigInteger()))
    op.create_foreign_key(op.f("fk_guarantee_replaces_id"), "guarantee", "guarantee", ["replaces_id"], ["id"])
    for name, column, state in (("in_force", "ends_on", "in_force"), ("pending", "starts_on", "pending")):
        op.create_index(
            f"ix_guarantee_{name}", "guarantee", [column, "id"], postgresql_where=sa.text(f"state = '{state}'")
        )
    op.add_column("deposit_use", sa.Column("made_up_at", sa.DateTime(timezone=True)))
    _check("guarantee", ["pending", "in_force", "replaced", "expired", "released"])
    _check("wage_deposit", [*_DEPOSITS[:-1], "unsecured", _DEPOSITS[-1]])


def downgrade() -> None:
    if op.get_bind().execute(sa.text(_NEEDS_NEW_FORM)).scalar():
        raise RuntimeError(
            "there is no way back from 0021: guarantees were renewed or ended, or uses made up, since; go back to a "
            "backup of before, or stay"
        )
    _check("wage_deposit", _DEPOSITS)
    _check("guarantee", ["in_force", "released"])
    op.drop_column("deposit_use", "made_up_at")
    op.drop_index("ix_guarantee_pending", "guarantee")
    op.drop_index("ix_guarantee_in_force", "guarantee")
    op.drop_column("guarantee", "replaces_id")


def _check(table: str, states: list[str]) -> None:
    op.drop_constraint(op.f(f"ck_{table}_state"), table)
    listed = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(op.f(f"ck_{table}_state"), table, f"state IN ({listed})")
