"""A submission gives nothing: what is not approved yet has no applicant, and is its submitter's to see."""

import sqlalchemy as sa
from alembic import op

from anxin.database.table_security import concerning

revision = "0004"
down_revision = "0003"

_APPLYING = ("", "handler")
_SUBMITTERS = {
    "certification": "created_by_id",
    "review": "submitted_by_id",
    "kept_decision": "submitter_id",
    "audit_entry": "submitter_id",
}
_LISTED = ("certification", "review", "audit_entry")
_PAPERS = ("review", "document", "kept_decision")

# Whoever had submitted acted for the enterprise from then on. Of one that was never certified nothing is left but its
# name, which the trail's entries are about.
_TAKE_AWAY = """
CREATE TEMPORARY TABLE taken ON COMMIT DROP AS
    SELECT certification.id, enterprise_id, created_by_id FROM certification
    JOIN organization ON organization.id = enterprise_id WHERE certified_at IS NULL AND state <> 'approved';
UPDATE membership SET until = least(since, current_date) - 1
    WHERE organization_id IN (SELECT enterprise_id FROM taken) AND (until IS NULL OR until >= current_date);
UPDATE kept_decision SET applicant_id = NULL, submitter_id = created_by_id FROM taken
    WHERE subject_type = 'Certification' AND subject_id = taken.id;
UPDATE document SET applicant_id = NULL FROM taken WHERE subject_type = 'Certification' AND subject_id = taken.id;
UPDATE review SET applicant_id = NULL FROM taken WHERE subject_type = 'Certification' AND subject_id = taken.id;
UPDATE certification SET applicant_id = NULL, enterprise_id = NULL FROM taken WHERE certification.id = taken.id;
DROP TABLE taken;
"""
# The way back knows no case without an applicant: it gets the enterprise that it names, and nobody acts for that.
_GIVE_BACK = """
INSERT INTO organization (kind, name, uscc)
    SELECT DISTINCT ON (uscc) 'enterprise', name, uscc FROM certification WHERE applicant_id IS NULL
    ORDER BY uscc, id ON CONFLICT (uscc) DO NOTHING;
UPDATE certification SET applicant_id = organization.id, enterprise_id = organization.id FROM organization
    WHERE applicant_id IS NULL AND organization.uscc = certification.uscc;
"""
_GIVE_PAPER_BACK = """
UPDATE {table} SET applicant_id = certification.applicant_id FROM certification
    WHERE {table}.applicant_id IS NULL AND subject_type = 'Certification' AND subject_id = certification.id
"""


def upgrade() -> None:
    op.add_column("kept_decision", sa.Column("submitter_id", sa.BigInteger()))
    op.create_foreign_key(op.f("fk_kept_decision_submitter_id"), "kept_decision", "account", ["submitter_id"], ["id"])
    op.add_column("audit_entry", sa.Column("submitter_id", sa.BigInteger()))
    for table in ("certification", "review", "kept_decision"):
        op.alter_column(table, "applicant_id", nullable=True)
    op.alter_column("certification", "enterprise_id", nullable=True)
    op.execute(_TAKE_AWAY)
    for table in _LISTED:
        column = _SUBMITTERS[table]
        where = sa.text("applicant_id IS NULL")
        op.create_index(op.f(f"ix_{table}_{column}_id"), table, [column, "id"], postgresql_where=where)
    op.create_index(op.f("ix_certification_uscc_id"), "certification", ["uscc", "id"])
    for table, column in _SUBMITTERS.items():
        seen = concerning(seen_by_its=column, seen_as=_APPLYING)
        op.execute(f"ALTER POLICY seen ON {table} USING ({seen})")
        if column == "submitter_id":
            op.execute(f"GRANT SELECT (submitter_id) ON {table} TO anxin_reader")


def downgrade() -> None:
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute(_GIVE_BACK)
    for table in _PAPERS:
        op.execute(_GIVE_PAPER_BACK.format(table=table))
    for table in _SUBMITTERS:
        op.execute(f"ALTER POLICY seen ON {table} USING ({concerning()})")
    op.drop_index(op.f("ix_certification_uscc_id"), "certification")
    for table in _LISTED:
        op.drop_index(op.f(f"ix_{table}_{_SUBMITTERS[table]}_id"), table)
    op.alter_column("certification", "enterprise_id", nullable=False)
    for table in ("certification", "review", "kept_decision"):
        op.alter_column(table, "applicant_id", nullable=False)
    op.drop_column("audit_entry", "submitter_id")
    op.drop_column("kept_decision", "submitter_id")
