"""Drafts of projects are deleted; the same works entered twice are found by what they are named."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0028"
branch_labels = None
depends_on = None

_KEYS = ("works_key", "permit_key")
_FOLDED = "lower(regexp_replace(translate(normalize({}, NFKC), '〔〕【】', '[][]'), '\\s', '', 'g'))"
# What is folded otherwise (rare letters) is found from the next time the project is entered or corrected.
_KEPT = f"""
    UPDATE project SET
        works_key = {_FOLDED.format("general_contractor")} || ' ' || {_FOLDED.format("owner")} || ' '
            || {_FOLDED.format("name")},
        permit_key = {_FOLDED.format("construction_permit_number")}
    WHERE state <> 'draft'
"""


def upgrade() -> None:
    for key in _KEYS:
        op.add_column("project", sa.Column(key, sa.Text()))
        op.create_index(op.f(f"ix_project_{key}"), "project", [key], postgresql_where=sa.text(f"{key} IS NOT NULL"))
    op.execute(_KEPT)
    op.execute("GRANT DELETE ON project TO anxin_application")
    op.execute(
        "CREATE POLICY drafts_end ON project AS RESTRICTIVE FOR DELETE TO anxin_application USING (state = 'draft')"
    )


def downgrade() -> None:
    op.execute("DROP POLICY drafts_end ON project")
    op.execute("REVOKE DELETE ON project FROM anxin_application")
    for key in _KEYS:
        op.drop_index(op.f(f"ix_project_{key}"), "project")
        op.drop_column("project", key)
