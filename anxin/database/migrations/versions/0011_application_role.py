"""Acts run in the application's role, which is not the tables' owner."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from anxin.database.table_security import allow_acts

revision = "0011"
down_revision = "0010"

_ENDING = ("session", "one_time_code", "login_guard", "idempotency_key")
"""Whose rows are removed when they can no longer matter."""
_SECURED = """
    SELECT relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relrowsecurity
    AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = 'acts') = {}
    ORDER BY relname
"""
_QUEUE = r"""
    SELECT relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname LIKE 'procrastinate\_%'
"""
_ON_SCHEMA = """
DO $$
BEGIN
    EXECUTE format('{grant} USAGE ON SCHEMA %I {to} anxin_application', current_schema());
    EXECUTE format('{grant} USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I {to} anxin_application', current_schema());
    {grant} SELECT ON alembic_version {to} anxin_application;
END
$$
"""


def upgrade() -> None:
    op.execute(_ON_SCHEMA.format(grant="GRANT", to="TO"))
    for table in _names(_QUEUE):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO anxin_application")
    for table in _names(_SECURED.format(False)):  # those that said so themselves are newer
        allow_acts(table, changed=table != "audit_entry", ending=table in _ENDING)


def downgrade() -> None:
    """The role stays: other databases of the cluster may have it act in them."""
    for table in _names(_SECURED.format(True)):
        op.execute(f"DROP POLICY acts ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM anxin_application")
    for table in _names(_QUEUE):
        op.execute(f"REVOKE ALL ON {table} FROM anxin_application")
    op.execute(_ON_SCHEMA.format(grant="REVOKE", to="FROM"))


def _names(query: str) -> Sequence[str]:
    return list(op.get_bind().execute(sa.text(query.replace("::", r"\:\:"))).scalars())
