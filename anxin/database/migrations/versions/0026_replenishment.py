"""A deposit knows what was used of it, and since when there is something to use; a used one is to be replenished."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

_STATES = ["waived", "deferred", "awaiting_payment", "secured", "unsecured", "cancelled"]
_UNTOLD = "made_up_at IS NULL AND told_at IS NULL AND replenish_by IS NOT NULL"
_USES = """
    UPDATE wage_deposit SET used_amount = used.amount, replenish_by = used.replenish_by,
        state = CASE state WHEN 'secured' THEN 'to_replenish' ELSE state END
    FROM (SELECT wage_deposit_id, sum(amount) AS amount, min(replenish_by) AS replenish_by FROM deposit_use
          WHERE made_up_at IS NULL GROUP BY wage_deposit_id) AS used
    WHERE used.wage_deposit_id = wage_deposit.id AND wage_deposit.state <> 'cancelled'
"""
_PROVIDED = """
    UPDATE wage_deposit SET provided_on = least(
        (SELECT min(paid_on) FROM cash_payment WHERE wage_deposit_id = wage_deposit.id AND state = 'approved'),
        (SELECT min(starts_on) FROM guarantee WHERE subject_type = 'WageDeposit' AND subject_id = wage_deposit.id)
    )
    WHERE secured_at IS NOT NULL
"""
_NEEDS_NEW_FORM = "SELECT EXISTS (SELECT FROM deposit_use WHERE told_at IS NOT NULL OR made_up_at IS NOT NULL)"


def upgrade() -> None:
    op.add_column("wage_deposit", sa.Column("used_amount", sa.Numeric(18, 2), server_default="0", nullable=False))
    op.add_column("wage_deposit", sa.Column("replenish_by", sa.Date()))
    op.add_column("wage_deposit", sa.Column("provided_on", sa.Date()))
    op.add_column("deposit_use", sa.Column("told_at", sa.DateTime(timezone=True)))
    op.create_index("ix_deposit_use_untold", "deposit_use", ["id"], postgresql_where=sa.text(_UNTOLD))
    _check([*_STATES[:4], "to_replenish", *_STATES[4:]])
    op.execute(_USES)
    op.execute(_PROVIDED)


def downgrade() -> None:
    if op.get_bind().execute(sa.text(_NEEDS_NEW_FORM)).scalar():
        raise RuntimeError(
            "there is no way back from 0026: uses were made up, or told of, since; go back to a backup of before, or "
            "stay"
        )
    op.execute("UPDATE wage_deposit SET state = 'secured' WHERE state = 'to_replenish'")
    _check(_STATES)
    op.drop_index("ix_deposit_use_untold", "deposit_use")
    op.drop_column("deposit_use", "told_at")
    for column in ("provided_on", "replenish_by", "used_amount"):
        op.drop_column("wage_deposit", column)


def _check(states: list[str]) -> None:
    op.drop_constraint(op.f("ck_wage_deposit_state"), "wage_deposit")
    listed = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(op.f("ck_wage_deposit_state"), "wage_deposit", f"state IN ({listed})")
