"""One pair of columns names any row: what a review, a file or a kept decision is about."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = ("document", "kept_decision", "review")
_INDEXES = ("document_{}_type_{}_id_id", "kept_decision_{}_type_{}_id_id", "review_{}_type_{}_id")
# From PostgreSQL 18 on these have names, which follow neither the table's nor the column's.
_NOT_NULL = """
DO $$
DECLARE
    named record;
BEGIN
    FOR named IN SELECT conrelid::regclass AS table_name, conname FROM pg_constraint
        WHERE contype = 'n' AND conname ~ '^(document|kept_decision|review)_{before}_(type|id)_not_null$'
    LOOP
        EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', named.table_name, named.conname,
                       replace(named.conname, '_{before}_', '_{after}_'));
    END LOOP;
END
$$;
"""


def upgrade() -> None:
    _rename("case", "subject")


def downgrade() -> None:
    _rename("subject", "case")


def _rename(before: str, after: str) -> None:
    for table in _TABLES:
        for part in ("type", "id"):
            op.alter_column(table, f"{before}_{part}", new_column_name=f"{after}_{part}")
    for index in _INDEXES:
        op.execute(f"ALTER INDEX ix_{index.format(before, before)} RENAME TO ix_{index.format(after, after)}")
    op.execute(_NOT_NULL.replace("{before}", before).replace("{after}", after))
