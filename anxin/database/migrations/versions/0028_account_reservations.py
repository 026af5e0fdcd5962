"""Special accounts for cash, booked at a bank."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from anxin.database.table_security import concerning, concerning_columns, secure_table

revision = "0028"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "account_reservation",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *concerning_columns("account_reservation"),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("ruleset_version_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", moment),
        sa.Column("decided_at", moment),
        sa.Column("reason", sa.Text()),
        sa.Column("round", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("city_fields", JSONB()),
        sa.Column("wage_deposit_id", sa.BigInteger(), nullable=False),
        sa.Column("supervising_office_id", sa.BigInteger()),
        sa.Column("project_name", sa.Text(), nullable=False),
        sa.Column("amount_due", sa.Numeric(18, 2), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("mobile", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'rejected', 'withdrawn')",
            name=op.f("ck_account_reservation_state"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_account_reservation_{column}"))
            for column, table in (
                ("ruleset_version_id", "ruleset_version"),
                ("created_by_id", "account"),
                ("wage_deposit_id", "wage_deposit"),
                ("supervising_office_id", "organization"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_reservation")),
    )
    secure_table("account_reservation", concerning(hrss_officer="supervising_office_id"))
    op.create_index(
        "ix_account_reservation_living",
        "account_reservation",
        ["wage_deposit_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('submitted', 'approved')"),
    )
    op.create_index(op.f("ix_account_reservation_wage_deposit_id_id"), "account_reservation", ["wage_deposit_id", "id"])


def downgrade() -> None:
    op.drop_table("account_reservation")
