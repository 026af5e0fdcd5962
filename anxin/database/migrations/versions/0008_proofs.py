"""Which accounts proved their number, and which the operator opened; codes for further purposes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_PURPOSES = ("register", "log_in")
_FURTHER = ("reset_password", "change_mobile", "change_email")

# A log-in's code is looked at once the password was right, and went to the number; one for registering was given back
# at the moment at which the account was opened. Of a code that was mailed, or of one long gone, nothing is known: such
# an account proves its number when it next logs in.
_KNOWN = """
UPDATE account SET mobile_proved_at = proved.at FROM (
    SELECT account.id, min(used_at) AS at FROM account JOIN one_time_code ON address = mobile AND channel = 'sms'
    WHERE purpose = 'log_in' AND used_at >= registered_at OR purpose = 'register' AND used_at = registered_at
    GROUP BY account.id
) AS proved WHERE proved.id = account.id;
UPDATE account SET appointed_at = registered_at WHERE EXISTS (
    SELECT FROM audit_entry WHERE act = 'identity.appoint' AND subject_type = 'Account' AND subject_id = account.id
);
"""
# Who has no number has none to the way back, either, but something must stand there.
_CLOSED = "closed-"


def upgrade() -> None:
    op.alter_column("account", "mobile", nullable=True)
    op.execute(f"UPDATE account SET mobile = NULL WHERE mobile LIKE '{_CLOSED}%'")
    op.add_column("account", sa.Column("mobile_proved_at", sa.DateTime(timezone=True)))
    op.add_column("account", sa.Column("appointed_at", sa.DateTime(timezone=True)))
    op.execute(_KNOWN)
    op.execute("GRANT SELECT (mobile_proved_at, appointed_at) ON account TO anxin_reader")
    _allow(*_PURPOSES, *_FURTHER)


def downgrade() -> None:
    op.execute("DELETE FROM one_time_code WHERE purpose IN ({})".format(", ".join(f"'{one}'" for one in _FURTHER)))
    _allow(*_PURPOSES)
    op.drop_column("account", "appointed_at")
    op.drop_column("account", "mobile_proved_at")
    op.execute(f"UPDATE account SET mobile = '{_CLOSED}' || id WHERE mobile IS NULL")
    op.alter_column("account", "mobile", nullable=False)


def _allow(*purposes: str) -> None:
    name = op.f("ck_one_time_code_purpose")
    op.drop_constraint(name, "one_time_code")
    op.create_check_constraint(
        name, "one_time_code", "purpose IN ({})".format(", ".join(f"'{one}'" for one in purposes))
    )
