"""Guarantees of their own: what was an application, a round and a letter at once becomes an order or a submission, and
the guarantee that came of it. Institutions say where they serve."""

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

from anxin.database.table_security import SHARED, concerning, concerning_columns, create_page_indexes, secure_table

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None

_TABLES = {"bank_guarantee": "guarantee_order", "offline_guarantee": "letter_submission"}
_TYPES = {"BankGuarantee": "GuaranteeOrder", "OfflineGuarantee": "LetterSubmission"}
_PROCEDURES = {
    "bank_guarantee": "guarantee_order",
    "bank_guarantee_result": "guarantee_issue",
    "offline_guarantee": "letter_submission",
}
_ORIGINS = {"guarantee_order": ("order", "order_id"), "letter_submission": ("upload", "letter_submission_id")}
_LISTED = ("cash_payment", "cancellation", "deposit_use")
"""Listed from now on, each caller's own rows."""
_TERMS = ("amount", "fee", "issued_on", "starts_on", "ends_on")
_KEY = r"translate(regexp_replace(lower(normalize({}, NFKC)), '\s', '', 'g'), '〔〕【】', '[][]')"

# Of an order and of a submission that was approved: the guarantee. Its number is its own unless it stood before.
_GUARANTEES = """
    INSERT INTO guarantee (applicant_id, office_id, authority_id, issuer_id, region_code, subject_type, subject_id,
        project_id, ruleset_version_id, origin, {origin_id}, kind, product_name, issuer, guarantee_number,
        beneficiary_id, amount, fee, issued_on, starts_on, ends_on, end_settled_at, state, ended_at, created_at,
        created_by_id, confirmed_by_id)
    SELECT letter.applicant_id, deposit.office_id, letter.authority_id, {issuer_id}, letter.region_code, 'WageDeposit',
        deposit.id, deposit.project_id, letter.ruleset_version_id, '{origin}', letter.id, {kind}, {product}, {issuer},
        letter.guarantee_number, deposit.office_id, letter.amount, letter.fee, letter.issued_on, letter.starts_on,
        letter.ends_on, letter.end_settled_at,
        CASE deposit.state WHEN 'cancelled' THEN 'released' ELSE 'in_force' END,
        CASE deposit.state WHEN 'cancelled' THEN deposit.cancelled_at END,
        coalesce(letter.decided_at, letter.created_at), letter.created_by_id,
        (SELECT decided_by_id FROM review WHERE subject_type = '{former}' AND subject_id = letter.id
            AND outcome = 'approved' ORDER BY id DESC LIMIT 1)
    FROM {table} AS letter JOIN wage_deposit AS deposit ON deposit.id = letter.subject_id {join}
    WHERE letter.state = 'approved' ORDER BY letter.id
"""
_NUMBERS = f"""
    UPDATE guarantee SET number_key = one.number_key FROM (
        SELECT DISTINCT ON (number_key) id, number_key
        FROM (SELECT id, {_KEY.format("issuer")} || ' ' || {_KEY.format("guarantee_number")} AS number_key
              FROM guarantee) AS each
        ORDER BY number_key, id
    ) AS one WHERE one.id = guarantee.id
"""
# What was asked for was overwritten by the letter's own; the trail knows it.
_ASKED = """
    UPDATE guarantee_order SET amount = asked.amount, starts_on = asked.starts_on, ends_on = asked.ends_on FROM (
        SELECT DISTINCT ON (subject_id) subject_id AS id, (after -> 'facts' ->> 'guarantee.amount')::numeric AS amount,
            (after -> 'facts' ->> 'guarantee.starts_on')::date AS starts_on,
            (after -> 'facts' ->> 'guarantee.ends_on')::date AS ends_on
        FROM audit_entry WHERE act = 'bank_guarantee.submit' AND subject_type = 'BankGuarantee'
        ORDER BY subject_id, id DESC
    ) AS asked
    WHERE asked.id = guarantee_order.id AND num_nulls(asked.amount, asked.starts_on, asked.ends_on) = 0
"""
_NEEDS_NEW_FORM = """
    SELECT EXISTS (SELECT FROM audit_entry WHERE subject_type IN ('Guarantee', 'GuaranteeOrder', 'LetterSubmission'))
        OR EXISTS (SELECT FROM guarantee WHERE state NOT IN ('in_force', 'released'))
        OR EXISTS (SELECT FROM guarantee_version WHERE number > 1)
        OR EXISTS (SELECT FROM guarantee_order WHERE accepted_at IS NOT NULL)
        OR EXISTS (SELECT FROM letter_submission WHERE institution_id IS NOT NULL)
"""


def upgrade() -> None:
    _create_services()
    for former, table in _TABLES.items():
        _rename(former, table)
        op.drop_constraint(op.f(f"fk_{table}_wage_deposit_id"), table)
        op.alter_column(table, "wage_deposit_id", new_column_name="subject_id")
        op.drop_index(op.f(f"ix_{table}_wage_deposit_id_id"), table)
        _rename_parts(table, "wage_deposit_id", "subject_id")
        op.add_column(table, sa.Column("subject_type", sa.Text(), server_default="WageDeposit", nullable=False))
        op.alter_column(table, "subject_type", server_default=None)
        op.create_index(op.f(f"ix_{table}_subject_type_subject_id_id"), table, ["subject_type", "subject_id", "id"])
        op.drop_index(op.f(f"ix_{table}_ends_on_id"), table)
    op.add_column("guarantee_order", sa.Column("accepted_at", sa.DateTime(timezone=True)))
    op.add_column("letter_submission", sa.Column("institution_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_letter_submission_institution_id"), "letter_submission", "organization", ["institution_id"], ["id"]
    )
    _create_guarantees()
    bank = "JOIN organization AS bank ON bank.id = letter.office_id"
    op.execute(
        _GUARANTEES.format(
            table="guarantee_order", former="BankGuarantee", origin="order", origin_id="order_id", join=bank,
            issuer_id="bank.id", kind="'bank_guarantee'", product="NULL", issuer="bank.name",
        )
    )  # fmt: skip
    op.execute(
        _GUARANTEES.format(
            table="letter_submission", former="OfflineGuarantee", origin="upload", origin_id="letter_submission_id",
            join="", issuer_id="NULL::bigint", kind="letter.kind", product="letter.product_name",
            issuer="letter.issuer",
        )
    )  # fmt: skip
    op.execute(_NUMBERS)
    op.execute(
        f"""
        INSERT INTO guarantee_version (applicant_id, office_id, authority_id, issuer_id, region_code, guarantee_id,
            number, {", ".join(_TERMS)}, recorded_at)
        SELECT applicant_id, office_id, authority_id, issuer_id, region_code, id, 1, {", ".join(_TERMS)}, created_at
        FROM guarantee ORDER BY id
        """
    )
    op.execute(_ASKED)
    for table in _TABLES.values():
        op.drop_column(table, "end_settled_at")
    op.drop_constraint(op.f("ck_guarantee_order_returned"), "guarantee_order")
    for column in ("guarantee_number", "fee", "issued_on"):
        op.drop_column("guarantee_order", column)
    create_page_indexes("guarantee_order", "id")
    _create_indexes("guarantee_order", "supervising_office_id", ("id",))
    for column in ("office_id", "supervising_office_id", "authority_id"):
        _create_indexes("guarantee_order", column, ("state", "id"))
    for table in _LISTED:
        create_page_indexes(table, "id")
    for column, kind in (("order_id", "BankGuarantee"), ("letter_submission_id", "OfflineGuarantee")):
        op.execute(
            f"UPDATE alert SET subject_type = 'Guarantee', subject_id = guarantee.id FROM guarantee "
            f"WHERE alert.subject_type = '{kind}' AND alert.subject_id = guarantee.{column}"
        )
    _rename_kinds(_TYPES, _PROCEDURES)


def downgrade() -> None:
    if op.get_bind().execute(sa.text(_NEEDS_NEW_FORM)).scalar():
        raise RuntimeError(
            "there is no way back from 0020: guarantees were ordered, issued, extended or replaced since; go back to a "
            "backup of before, or stay"
        )
    for column in ("guarantee_number", "fee", "issued_on"):
        kind = {"guarantee_number": sa.Text(), "fee": sa.Numeric(18, 2), "issued_on": sa.Date()}[column]
        op.add_column("guarantee_order", sa.Column(column, kind))
    for table, (_, column) in _ORIGINS.items():
        op.add_column(table, sa.Column("end_settled_at", sa.DateTime(timezone=True)))
        own = ("end_settled_at", *(("guarantee_number", *_TERMS) if table == "guarantee_order" else ()))
        stated = ", ".join(f"{name} = guarantee.{name}" for name in own)
        op.execute(f"UPDATE {table} SET {stated} FROM guarantee WHERE guarantee.{column} = {table}.id")
    for column, kind in (("order_id", "BankGuarantee"), ("letter_submission_id", "OfflineGuarantee")):
        op.execute(
            f"UPDATE alert SET subject_type = '{kind}', subject_id = guarantee.{column} FROM guarantee WHERE "
            f"alert.subject_type = 'Guarantee' AND alert.subject_id = guarantee.id AND guarantee.{column} IS NOT NULL"
        )
    op.drop_table("guarantee_version")
    op.drop_table("guarantee")
    op.drop_table("institution_service")
    for column in ("applicant_id", "office_id", "supervising_office_id", "authority_id"):
        op.drop_index(op.f(f"ix_guarantee_order_{column}_id"), "guarantee_order")
    for column in ("office_id", "supervising_office_id", "authority_id"):
        op.drop_index(op.f(f"ix_guarantee_order_{column}_state_id"), "guarantee_order")
    for table in _LISTED:
        for column in ("applicant_id", "office_id", "authority_id"):
            op.drop_index(op.f(f"ix_{table}_{column}_id"), table)
    op.create_check_constraint(
        op.f("ck_guarantee_order_returned"),
        "guarantee_order",
        "state <> 'approved' OR num_nulls(guarantee_number, fee, issued_on) = 0",
    )
    op.drop_column("guarantee_order", "accepted_at")
    op.drop_column("letter_submission", "institution_id")
    for former, table in _TABLES.items():
        op.drop_index(op.f(f"ix_{table}_subject_type_subject_id_id"), table)
        op.drop_column(table, "subject_type")
        op.alter_column(table, "subject_id", new_column_name="wage_deposit_id")
        _rename_parts(table, "subject_id", "wage_deposit_id")
        op.create_foreign_key(op.f(f"fk_{table}_wage_deposit_id"), table, "wage_deposit", ["wage_deposit_id"], ["id"])
        op.create_index(op.f(f"ix_{table}_wage_deposit_id_id"), table, ["wage_deposit_id", "id"])
        op.create_index(
            op.f(f"ix_{table}_ends_on_id"),
            table,
            ["ends_on", "id"],
            postgresql_where=sa.text("state = 'approved' AND end_settled_at IS NULL"),
        )
        _rename(table, former)
    _rename_kinds(_reversed(_TYPES), _reversed(_PROCEDURES))


def _reversed(names: Mapping[str, str]) -> Mapping[str, str]:
    return {new: old for old, new in names.items()}


def _rename(former: str, table: str) -> None:
    """The table, and all that is named after it."""
    op.execute(f"ALTER TABLE {former} RENAME TO {table}")
    op.execute(f"ALTER SEQUENCE {former}_id_seq RENAME TO {table}_id_seq")
    _rename_parts(table, former, table)


def _rename_parts(table: str, former: str, name: str) -> None:
    """Constraints and indexes that have the former name in theirs; PostgreSQL 18 names what is not null, too."""
    op.execute(
        f"""
        DO $$
        DECLARE
            named record;
        BEGIN
            FOR named IN SELECT conname FROM pg_constraint
                WHERE conrelid = '{table}'::regclass AND strpos(conname, '{former}') > 0 LOOP
                EXECUTE format('ALTER TABLE {table} RENAME CONSTRAINT %I TO %I', named.conname,
                               replace(named.conname, '{former}', '{name}'));
            END LOOP;
            FOR named IN SELECT indexname FROM pg_indexes
                WHERE tablename = '{table}' AND strpos(indexname, '{former}') > 0 LOOP
                EXECUTE format('ALTER INDEX %I RENAME TO %I', named.indexname,
                               replace(named.indexname, '{former}', '{name}'));
            END LOOP;
        END
        $$
        """
    )


def _rename_kinds(types: Mapping[str, str], procedures: Mapping[str, str]) -> None:
    """What names a case by its class, or its procedure. The trail stays as it was written: who reads it knows what the
    former names became."""
    for old, new in types.items():
        for table in ("review", "kept_decision", "document"):
            op.execute(f"UPDATE {table} SET subject_type = '{new}' WHERE subject_type = '{old}'")
        op.execute(f"UPDATE idempotency_key SET result_type = '{new}' WHERE result_type = '{old}'")
    for old, new in procedures.items():
        op.execute(f"UPDATE review SET procedure = '{new}' WHERE procedure = '{old}'")


def _create_indexes(table: str, column: str, *orders: tuple[str, ...]) -> None:
    for order in orders:
        op.create_index(op.f("_".join(("ix", table, column, *order))), table, [column, *order])


def _create_services() -> None:
    op.create_table(
        "institution_service",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('bank', 'guarantee_company', 'insurer')", name=op.f("ck_institution_service_kind")
        ),
        sa.CheckConstraint("state IN ('live', 'suspended')", name=op.f("ck_institution_service_state")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["organization.id"], name=op.f("fk_institution_service_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_service")),
        sa.UniqueConstraint(
            "institution_id", "region_code", "kind", name=op.f("uq_institution_service_institution_id_region_code_kind")
        ),
    )
    secure_table("institution_service", SHARED)
    op.create_index(
        op.f("ix_institution_service_institution_id_kind_region_code"),
        "institution_service",
        ["institution_id", "kind", "region_code"],
    )
    op.execute(
        """
        INSERT INTO institution_service (institution_id, region_code, kind, state, since)
        SELECT institution.id, region.code, institution_kind, 'live', now()
        FROM organization AS institution
        JOIN (SELECT DISTINCT region_code AS code FROM ruleset_version WHERE city <> 'national') AS region
            ON institution.region_code IS NULL OR institution.region_code = region.code
        WHERE institution.kind = 'institution' AND institution_kind IS NOT NULL
        ORDER BY institution.id, region.code
        """
    )


def _create_guarantees() -> None:
    money, day, moment = sa.Numeric(18, 2), sa.Date(), sa.DateTime(timezone=True)
    terms = {"amount": money, "fee": money, "issued_on": day, "starts_on": day, "ends_on": day}
    seen = concerning(institution_staff="issuer_id")
    op.create_table(
        "guarantee",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *concerning_columns("guarantee"),
        sa.Column("issuer_id", sa.BigInteger()),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("ruleset_version_id", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("order_id", sa.BigInteger()),
        sa.Column("letter_submission_id", sa.BigInteger()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("product_name", sa.Text()),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("guarantee_number", sa.Text(), nullable=False),
        sa.Column("number_key", sa.Text()),
        sa.Column("beneficiary_id", sa.BigInteger()),
        *(sa.Column(name, kind, nullable=False) for name, kind in terms.items()),
        sa.Column("end_settled_at", moment),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", moment),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by_id", sa.BigInteger()),
        sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('in_force', 'released')", name=op.f("ck_guarantee_state")),
        sa.CheckConstraint("origin IN ('order', 'upload')", name=op.f("ck_guarantee_origin")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_guarantee_{column}"))
            for column, table in (
                ("issuer_id", "organization"),
                ("project_id", "project"),
                ("ruleset_version_id", "ruleset_version"),
                ("order_id", "guarantee_order"),
                ("letter_submission_id", "letter_submission"),
                ("beneficiary_id", "organization"),
                ("created_by_id", "account"),
                ("confirmed_by_id", "account"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guarantee")),
        *(
            sa.UniqueConstraint(column, name=op.f(f"uq_guarantee_{column}"))
            for column in ("number_key", "order_id", "letter_submission_id")
        ),
    )
    secure_table("guarantee", seen)
    create_page_indexes("guarantee", "id")
    _create_indexes("guarantee", "issuer_id", ("id",))
    for column in ("office_id", "authority_id", "issuer_id"):
        _create_indexes("guarantee", column, ("state", "id"), ("guarantee_number", "id"))
    op.create_index(op.f("ix_guarantee_subject_type_subject_id_id"), "guarantee", ["subject_type", "subject_id", "id"])
    op.create_index(
        op.f("ix_guarantee_ends_on_id"),
        "guarantee",
        ["ends_on", "id"],
        postgresql_where=sa.text("state = 'in_force' AND end_settled_at IS NULL"),
    )
    op.create_table(
        "guarantee_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *concerning_columns("guarantee_version"),
        sa.Column("issuer_id", sa.BigInteger()),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("guarantee_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("endorsement_number", sa.Text()),
        *(sa.Column(name, kind, nullable=False) for name, kind in terms.items()),
        sa.Column("recorded_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["issuer_id"], ["organization.id"], name=op.f("fk_guarantee_version_issuer_id")),
        sa.ForeignKeyConstraint(["guarantee_id"], ["guarantee.id"], name=op.f("fk_guarantee_version_guarantee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guarantee_version")),
        sa.UniqueConstraint("guarantee_id", "number", name=op.f("uq_guarantee_version_guarantee_id_number")),
    )
    secure_table("guarantee_version", seen)
