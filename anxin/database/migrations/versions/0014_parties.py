"""A project names its contractor and its owner, once they are certified; both see it, and who supervises it is kept
beside who sees it."""

import sqlalchemy as sa
from alembic import op

from anxin.database.table_security import concerning

revision = "0014"
down_revision = "0023"
branch_labels = None
depends_on = None

_ORGANIZATIONS = ("contractor_id", "owner_id", "hrss_office_id", "industry_authority_id")
_BIND = """
    UPDATE project SET {id} = organization.id FROM organization
    WHERE project.state <> 'draft' AND organization.uscc = project.{uscc} AND organization.kind = 'enterprise'
        AND (organization.certified_at IS NOT NULL OR organization.id = project.applicant_id)
"""
_SUPERVISE = "UPDATE project SET hrss_office_id = office_id, industry_authority_id = authority_id"


def upgrade() -> None:
    for column in _ORGANIZATIONS:
        organization = sa.ForeignKey("organization.id", name=op.f(f"fk_project_{column}"))
        op.add_column("project", sa.Column(column, sa.BigInteger(), organization))
    op.add_column("project", sa.Column("construction_permit_number", sa.Text()))
    op.add_column("project", sa.Column("construction_permit_on", sa.Date()))
    op.execute(_BIND.format(id="contractor_id", uscc="general_contractor_uscc"))
    op.execute(_BIND.format(id="owner_id", uscc="owner_uscc"))
    op.execute(_SUPERVISE)
    for column, others in (("contractor_id", ["applicant_id"]), ("owner_id", ["applicant_id", "contractor_id"])):
        besides = " AND ".join(f"{column} IS DISTINCT FROM {other}" for other in others)
        op.create_index(op.f(f"ix_project_{column}_id"), "project", [column, "id"], postgresql_where=sa.text(besides))
    for column, uscc in (("contractor_id", "general_contractor_uscc"), ("owner_id", "owner_uscc")):
        unknown = sa.text(f"{column} IS NULL AND state <> 'draft'")
        op.create_index(op.f(f"ix_project_{uscc}"), "project", [uscc], postgresql_where=unknown)
    _see(concerning(handler=("applicant_id", "contractor_id", "owner_id")))
    # There is one desk so far: taken by that, its certifications would be all that an office can have, and whoever has
    # none would have all of them passed over.
    op.execute("ALTER TABLE certification ALTER COLUMN office_id SET (n_distinct = 100)")


def downgrade() -> None:
    op.execute("ALTER TABLE certification ALTER COLUMN office_id RESET (n_distinct)")
    _see(concerning())
    for name in ("owner_uscc", "general_contractor_uscc", "owner_id_id", "contractor_id_id"):
        op.drop_index(op.f(f"ix_project_{name}"), "project")
    for column in ("construction_permit_on", "construction_permit_number", *reversed(_ORGANIZATIONS)):
        op.drop_column("project", column)


def _see(seen: str) -> None:
    op.execute(f"ALTER POLICY seen ON project USING ({seen})")
