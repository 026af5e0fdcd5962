"""What officers state of contractors."""

import sqlalchemy as sa
from alembic import op

from anxin.database.table_security import concerning, concerning_columns, create_page_indexes, secure_table

revision = "0023"
down_revision = "0016"
branch_labels = None
depends_on = None

FACTS = (
    "'clean_years', 'arrears_within_2_years', 'on_serious_list', 'real_name_system', 'wage_account', "
    "'other_projects_in_area'"
)


def upgrade() -> None:
    op.create_table(
        "contractor_record",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *concerning_columns("contractor_record"),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("holds", sa.Boolean()),
        sa.Column("years", sa.BigInteger()),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stated_by_id", sa.BigInteger(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contractor_record")),
        sa.ForeignKeyConstraint(["stated_by_id"], ["account.id"], name=op.f("fk_contractor_record_stated_by_id")),
        sa.CheckConstraint(f"fact IN ({FACTS})", name=op.f("ck_contractor_record_fact")),
        sa.CheckConstraint(
            "num_nulls(holds, years) = 1 AND coalesce(years, 0) >= 0", name=op.f("ck_contractor_record_value")
        ),
    )
    create_page_indexes("contractor_record", "id")
    op.create_index(
        op.f("ix_contractor_record_applicant_id_region_code_fact_as_of"),
        "contractor_record",
        ["applicant_id", "region_code", "fact", "as_of"],
    )
    secure_table("contractor_record", concerning())


def downgrade() -> None:
    op.drop_table("contractor_record")
