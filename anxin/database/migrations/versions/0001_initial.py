"""All tables, the job queue, the lock on the audit trail, and row-level security for who reads."""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    "offline_guarantee",
    "filing",
    "deposit_use",
    "cash_payment",
    "cancellation",
    "bank_guarantee",
    "wage_deposit",
    "session",
    "quota_application",
    "review",
    "project",
    "message",
    "membership",
    "kept_decision",
    "idempotency_key",
    "document",
    "certification",
    "audit_entry",
    "alert",
    "ruleset_version",
    "organization",
    "one_time_code",
    "login_guard",
    "audit_head",
    "account",
)
_APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
_MEMBERSHIP_CHANGED = """
CREATE FUNCTION membership_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE session SET holds_until = NULL WHERE membership_id = OLD.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER changed AFTER UPDATE OR DELETE ON membership
    FOR EACH ROW EXECUTE FUNCTION membership_changed();
"""
_ACCOUNT = "(SELECT nullif(current_setting('anxin.account', true), '')::bigint)"
_ORGANIZATION = "(SELECT nullif(current_setting('anxin.organization', true), '')::bigint)"
_ROLE = "(SELECT current_setting('anxin.role', true))"


def _concerning(*, officer: str = "office_id", institution: str = "office_id") -> str:
    return f"""coalesce({_ORGANIZATION} = CASE {_ROLE}
        WHEN 'handler' THEN applicant_id WHEN 'hrss_officer' THEN {officer}
        WHEN 'certification_reviewer' THEN office_id WHEN 'institution_staff' THEN {institution}
        WHEN 'industry_officer' THEN authority_id END, false)"""


# Which rows a reader sees. Of the tables that are missing here, none.
_SEEN = {
    "account": f"id = {_ACCOUNT}",
    "alert": _concerning(),
    "audit_entry": _concerning(),
    "bank_guarantee": _concerning(officer="supervising_office_id"),
    "cancellation": _concerning(),
    "cash_payment": _concerning(),
    "certification": _concerning(),
    "deposit_use": _concerning(),
    "document": f"{_concerning(institution='applicant_id')} OR uploaded_by_id = {_ACCOUNT} AND applicant_id IS NULL",
    "filing": _concerning(),
    "idempotency_key": f"account_id = {_ACCOUNT}",
    "kept_decision": _concerning(),
    "membership": f"account_id = {_ACCOUNT}",
    "message": f"account_id = {_ACCOUNT}",
    "offline_guarantee": _concerning(),
    "organization": f"{_ACCOUNT} IS NOT NULL",
    "project": _concerning(),
    "quota_application": _concerning(),
    "review": _concerning(),
    "ruleset_version": "true",
    "session": f"account_id = {_ACCOUNT}",
    "wage_deposit": _concerning(),
}
_COLUMNS = {
    "account": "(id, mobile, email, name, registered_at, agreement_accepted_at, agreement_version)",
    "session": "(id, holds_until)",
}
# The role belongs to the whole cluster: another database may have made it, or an administrator for us.
_READER = """
DO $$
BEGIN
    BEGIN
        CREATE ROLE anxin_reader NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- the latter of two at the same moment
    END;
    GRANT anxin_reader TO CURRENT_USER;
EXCEPTION
    WHEN unique_violation THEN NULL;
    WHEN insufficient_privilege THEN
        BEGIN
            SET LOCAL ROLE anxin_reader;
            RESET ROLE;
        EXCEPTION WHEN insufficient_privilege OR invalid_parameter_value THEN
            RAISE EXCEPTION 'the role anxin_reader is missing; an administrator has to say: '
                'CREATE ROLE anxin_reader NOLOGIN; GRANT anxin_reader TO %;', quote_ident(CURRENT_USER::text)
                USING ERRCODE = 'insufficient_privilege';
        END;
END
$$;
"""
# Procrastinate ships no way back; everything it makes begins with its name.
_DROP_QUEUE = r"""
DO $$
DECLARE
    made text;
BEGIN
    DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers
        CASCADE;  -- functions that take a row of one
    FOR made IN SELECT oid::regprocedure FROM pg_proc WHERE proname LIKE 'procrastinate\_%'
        AND pronamespace = current_schema()::regnamespace
    LOOP
        EXECUTE 'DROP FUNCTION ' || made;
    END LOOP;
    DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_event_type, procrastinate_job_status;
END
$$;
"""


def upgrade() -> None:
    _create_tables()
    _run(SchemaManager.get_schema())
    _run(_APPEND_ONLY)
    _run(_MEMBERSHIP_CHANGED)
    _run(_READER)
    _run(_on_schema("GRANT USAGE ON SCHEMA %I TO anxin_reader"))
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    for table, condition in _SEEN.items():
        op.execute(f"CREATE POLICY seen ON {table} FOR SELECT TO anxin_reader USING ({condition})")
        op.execute(f"GRANT SELECT {_COLUMNS.get(table, '')} ON {table} TO anxin_reader")


def downgrade() -> None:
    """The role stays: other databases of the cluster may read in it."""
    _run(_DROP_QUEUE)
    for table in _TABLES:
        op.drop_table(table)
    _run("DROP FUNCTION refuse_change")
    _run("DROP FUNCTION membership_changed")
    _run(_on_schema("REVOKE USAGE ON SCHEMA %I FROM anxin_reader"))


def _on_schema(statement: str) -> str:
    return f"DO $$ BEGIN EXECUTE format('{statement}', current_schema()); END $$"


def _run(sql: str) -> None:
    """Without parameters, so that the driver takes a percent sign for what it is."""
    op.get_bind().exec_driver_sql(sql, execution_options={"no_parameters": True})


def _create_tables() -> None:  # noqa: PLR0915 -- one statement for each table and index
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("mobile", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreement_accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreement_version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("mobile", name=op.f("uq_account_mobile")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
        sa.UniqueConstraint("chain", name=op.f("uq_audit_head_chain")),
    )
    op.create_table(
        "login_guard",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("mobile", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_guard")),
        sa.UniqueConstraint("mobile", name=op.f("uq_login_guard_mobile")),
    )
    op.create_table(
        "one_time_code",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries_left", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("channel IN ('sms', 'email')", name=op.f("ck_one_time_code_channel")),
        sa.CheckConstraint("purpose IN ('register', 'log_in')", name=op.f("ck_one_time_code_purpose")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
        sa.UniqueConstraint("request", name=op.f("uq_one_time_code_request")),
    )
    op.create_index(op.f("ix_one_time_code_address_sent_at"), "one_time_code", ["address", "sent_at"])
    op.create_table(
        "organization",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text()),
        sa.Column("region_code", sa.Text()),
        sa.Column("organization_kind", sa.Text()),
        sa.Column("qualification", sa.Text()),
        sa.Column("registered_area", sa.Text()),
        sa.Column("contact", sa.Text()),
        sa.Column("certified_at", sa.DateTime(timezone=True)),
        sa.Column("institution_kind", sa.Text()),
        sa.CheckConstraint(
            "institution_kind IN ('bank', 'guarantee_company', 'insurer')",
            name=op.f("ck_organization_institution_kind"),
        ),
        sa.CheckConstraint(
            "kind IN ('enterprise', 'institution', 'authority', 'operator')", name=op.f("ck_organization_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("uscc", name=op.f("uq_organization_uscc")),
    )
    op.create_index(
        "ix_organization_institutions", "organization", ["id"], postgresql_where=sa.text("kind = 'institution'")
    )
    op.create_index(
        op.f("ix_organization_named"),
        "organization",
        ["kind", "name"],
        unique=True,
        postgresql_where=sa.text("kind IN ('authority', 'operator')"),
    )
    op.create_table(
        "ruleset_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("layers", JSONB(), nullable=False),
        sa.Column("hooks_source", sa.Text(), nullable=False),
        sa.Column("first_loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruleset_version")),
        sa.UniqueConstraint("digest", name=op.f("uq_ruleset_version_digest")),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("authority_id", sa.BigInteger()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True)),
        sa.Column("cleared_by", sa.Text()),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'cleared')", name=op.f("ck_alert_state")),
        sa.ForeignKeyConstraint(["applicant_id"], ["organization.id"], name=op.f("fk_alert_applicant_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_alert_authority_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_alert_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_applicant_id_id"), "alert", ["applicant_id", "id"])
    op.create_index(op.f("ix_alert_authority_id_id"), "alert", ["authority_id", "id"])
    op.create_index(op.f("ix_alert_authority_id_state_id"), "alert", ["authority_id", "state", "id"])
    op.create_index(op.f("ix_alert_office_id_id"), "alert", ["office_id", "id"])
    op.create_index(op.f("ix_alert_office_id_state_id"), "alert", ["office_id", "state", "id"])
    op.create_index(op.f("ix_alert_once"), "alert", ["kind", "subject_type", "subject_id", "ends_on"], unique=True)
    op.create_index(op.f("ix_alert_project_id_id"), "alert", ["project_id", "id"])
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger()),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("authority_id", sa.BigInteger()),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger()),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text()),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("after", JSONB(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("ruleset_digest", sa.Text()),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["applicant_id"], ["organization.id"], name=op.f("fk_audit_entry_applicant_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_audit_entry_authority_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_audit_entry_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("chain", "number", name=op.f("uq_audit_entry_chain_number")),
    )
    op.create_index(op.f("ix_audit_entry_applicant_id_id"), "audit_entry", ["applicant_id", "id"])
    op.create_index(op.f("ix_audit_entry_authority_id_id"), "audit_entry", ["authority_id", "id"])
    op.create_index(op.f("ix_audit_entry_office_id_id"), "audit_entry", ["office_id", "id"])
    op.create_index(
        op.f("ix_audit_entry_subject_type_subject_id_id"), "audit_entry", ["subject_type", "subject_id", "id"]
    )
    op.create_table(
        "certification",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("authority_id", sa.BigInteger()),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("organization_kind", sa.Text(), nullable=False),
        sa.Column("qualification", sa.Text(), nullable=False),
        sa.Column("registered_area", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("ruleset_version_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text()),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'rejected')", name=op.f("ck_certification_state")
        ),
        sa.ForeignKeyConstraint(["applicant_id"], ["organization.id"], name=op.f("fk_certification_applicant_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_certification_authority_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_certification_created_by_id")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["organization.id"], name=op.f("fk_certification_enterprise_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_certification_office_id")),
        sa.ForeignKeyConstraint(
            ["ruleset_version_id"], ["ruleset_version.id"], name=op.f("fk_certification_ruleset_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification")),
        sa.UniqueConstraint("number", name=op.f("uq_certification_number")),
    )
    op.create_index(op.f("ix_certification_applicant_id_id"), "certification", ["applicant_id", "id"])
    op.create_index(op.f("ix_certification_authority_id_id"), "certification", ["authority_id", "id"])
    op.create_index(op.f("ix_certification_enterprise_id_id"), "certification", ["enterprise_id", "id"])
    op.create_index(op.f("ix_certification_office_id_id"), "certification", ["office_id", "id"])
    op.create_table(
        "document",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger()),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("authority_id", sa.BigInteger()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("uploaded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("material", sa.Text()),
        sa.Column("case_type", sa.Text()),
        sa.Column("case_id", sa.BigInteger()),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["applicant_id"], ["organization.id"], name=op.f("fk_document_applicant_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_document_authority_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_document_office_id")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["account.id"], name=op.f("fk_document_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("key", name=op.f("uq_document_key")),
    )
    op.create_index(op.f("ix_document_case_type_case_id_id"), "document", ["case_type", "case_id", "id"])
    op.create_table(
        "idempotency_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("result_type", sa.Text()),
        sa.Column("result_id", sa.BigInteger()),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_idempotency_key_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("account_id", "key", name=op.f("uq_idempotency_key_account_id_key")),
    )
    op.create_table(
        "kept_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("authority_id", sa.BigInteger()),
        sa.Column("case_type", sa.Text(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["applicant_id"], ["organization.id"], name=op.f("fk_kept_decision_applicant_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_kept_decision_authority_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_kept_decision_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_decision")),
    )
    op.create_index(op.f("ix_kept_decision_case_type_case_id_id"), "kept_decision", ["case_type", "case_id", "id"])
    op.create_table(
        "membership",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "role IN ('handler', 'hrss_officer', 'industry_officer', "
            "'certification_reviewer', 'institution_staff', 'ruleset_operator', 'administrator')",
            name=op.f("ck_membership_role"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_membership_account_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_membership_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "account_id", "organization_id", "role", name=op.f("uq_membership_account_id_organization_id_role")
        ),
    )
    op.create_index(op.f("ix_membership_organization_id"), "membership", ["organization_id"])
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger()),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.CheckConstraint("channel IN ('sms', 'email')", name=op.f("ck_message_channel")),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed')", name=op.f("ck_message_state")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_message_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("message_id", name=op.f("uq_message_message_id")),
    )
    op.create_index(op.f("ix_message_account_id_id"), "message", ["account_id", "id"])
    op.create_index(op.f("ix_message_waiting"), "message", ["id"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_table(
        "project",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("authority_id", sa.BigInteger()),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("ruleset_version_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("industry_kind", sa.Text()),
        sa.Column("supervising_area", sa.Text()),
        sa.Column("name", sa.Text()),
        sa.Column("location", sa.Text()),
        sa.Column("area", sa.Text()),
        sa.Column("kind", sa.Text()),
        sa.Column("category", sa.Text()),
        sa.Column("contract_amount", sa.Numeric(precision=18, scale=2)),
        sa.Column("contract_signed_on", sa.Date()),
        sa.Column("planned_start", sa.Date()),
        sa.Column("planned_end", sa.Date()),
        sa.Column("duration_days", sa.BigInteger()),
        sa.Column("general_contractor", sa.Text()),
        sa.Column("general_contractor_uscc", sa.Text()),
        sa.Column("owner", sa.Text()),
        sa.Column("owner_uscc", sa.Text()),
        sa.Column("wage_pay_day", sa.BigInteger()),
        sa.Column("manager", sa.Text()),
        sa.Column("manager_phone", sa.Text()),
        sa.Column("labour_officer", sa.Text()),
        sa.Column("labour_officer_phone", sa.Text()),
        sa.Column("actual_started_on", sa.Date()),
        sa.Column("expected_completed_on", sa.Date()),
        sa.Column("actual_completed_on", sa.Date()),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'entered', 'under_construction', 'completed')", name=op.f("ck_project_state")
        ),
        sa.ForeignKeyConstraint(["applicant_id"], ["organization.id"], name=op.f("fk_project_applicant_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_project_authority_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_project_created_by_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_project_office_id")),
        sa.ForeignKeyConstraint(
            ["ruleset_version_id"], ["ruleset_version.id"], name=op.f("fk_project_ruleset_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("number", name=op.f("uq_project_number")),
    )
    op.create_index(op.f("ix_project_applicant_id_id"), "project", ["applicant_id", "id"])
    op.create_index(op.f("ix_project_authority_id_id"), "project", ["authority_id", "id"])
    op.create_index(op.f("ix_project_authority_id_state_id"), "project", ["authority_id", "state", "id"])
    op.create_index(op.f("ix_project_office_id_id"), "project", ["office_id", "id"])
    op.create_index(op.f("ix_project_office_id_state_id"), "project", ["office_id", "state", "id"])
    op.create_table(
        "review",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("authority_id", sa.BigInteger()),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("case_type", sa.Text(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by_id", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by_id", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.Column("ruleset_version_id", sa.BigInteger(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.CheckConstraint("outcome IN ('approved', 'rejected')", name=op.f("ck_review_outcome")),
        sa.CheckConstraint("outcome IS DISTINCT FROM 'rejected' OR reason IS NOT NULL", name=op.f("ck_review_reason")),
        sa.ForeignKeyConstraint(["applicant_id"], ["organization.id"], name=op.f("fk_review_applicant_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_review_authority_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_review_decided_by_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_review_office_id")),
        sa.ForeignKeyConstraint(
            ["ruleset_version_id"], ["ruleset_version.id"], name=op.f("fk_review_ruleset_version_id")
        ),
        sa.ForeignKeyConstraint(["submitted_by_id"], ["account.id"], name=op.f("fk_review_submitted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_index(
        op.f("ix_review_applicant_id_due_on_id"),
        "review",
        ["applicant_id", "due_on", "id"],
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(op.f("ix_review_applicant_id_id"), "review", ["applicant_id", "id"])
    op.create_index(
        op.f("ix_review_authority_id_due_on_id"),
        "review",
        ["authority_id", "due_on", "id"],
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(op.f("ix_review_authority_id_id"), "review", ["authority_id", "id"])
    op.create_index(op.f("ix_review_authority_id_procedure_id"), "review", ["authority_id", "procedure", "id"])
    op.create_index(op.f("ix_review_case_type_case_id"), "review", ["case_type", "case_id"])
    op.create_index(
        op.f("ix_review_office_id_due_on_id"),
        "review",
        ["office_id", "due_on", "id"],
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(op.f("ix_review_office_id_id"), "review", ["office_id", "id"])
    op.create_index(op.f("ix_review_office_id_procedure_id"), "review", ["office_id", "procedure", "id"])
    op.create_index(
        op.f("ix_review_open"),
        "review",
        ["case_type", "case_id"],
        unique=True,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "quota_application",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("authority_id", sa.BigInteger()),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_number", sa.Text(), nullable=False),
        sa.Column("application_type", sa.Text(), nullable=False),
        sa.Column("payment_method", sa.Text()),
        sa.Column("entry_mode", sa.Text(), nullable=False),
        sa.Column("entry_ratio", sa.Numeric(precision=9, scale=6)),
        sa.Column("entry_amount", sa.Numeric(precision=18, scale=2)),
        sa.Column("contract_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("requested_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("secured_amount", sa.Numeric(precision=18, scale=2)),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("handler_phone", sa.Text(), nullable=False),
        sa.Column("remarks", sa.Text()),
        sa.Column("ruleset_version_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text()),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'rejected')", name=op.f("ck_quota_application_state")
        ),
        sa.ForeignKeyConstraint(["applicant_id"], ["organization.id"], name=op.f("fk_quota_application_applicant_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_quota_application_authority_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_quota_application_created_by_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_quota_application_office_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_quota_application_project_id")),
        sa.ForeignKeyConstraint(
            ["ruleset_version_id"], ["ruleset_version.id"], name=op.f("fk_quota_application_ruleset_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_application")),
        sa.UniqueConstraint("batch_number", name=op.f("uq_quota_application_batch_number")),
    )
    op.create_index(op.f("ix_quota_application_applicant_id_id"), "quota_application", ["applicant_id", "id"])
    op.create_index(op.f("ix_quota_application_authority_id_id"), "quota_application", ["authority_id", "id"])
    op.create_index(
        op.f("ix_quota_application_authority_id_state_id"), "quota_application", ["authority_id", "state", "id"]
    )
    op.create_index(op.f("ix_quota_application_office_id_id"), "quota_application", ["office_id", "id"])
    op.create_index(op.f("ix_quota_application_office_id_state_id"), "quota_application", ["office_id", "state", "id"])
    op.create_index(op.f("ix_quota_application_project_id_id"), "quota_application", ["project_id", "id"])
    op.create_table(
        "session",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("membership_id", sa.BigInteger()),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("holds_until", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_session_account_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_session_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_session_digest")),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"])
    op.create_index(op.f("ix_session_membership_id"), "session", ["membership_id"])
    op.create_table(
        "wage_deposit",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("authority_id", sa.BigInteger()),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("quota_application_id", sa.BigInteger(), nullable=False),
        sa.Column("ruleset_version_id", sa.BigInteger(), nullable=False),
        sa.Column("application_type", sa.Text(), nullable=False),
        sa.Column("payment_method", sa.Text()),
        sa.Column("contract_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("amount_due", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("secured_amount", sa.Numeric(precision=18, scale=2)),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("handler_phone", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("filing_status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("secured_at", sa.DateTime(timezone=True)),
        sa.Column("filed_at", sa.DateTime(timezone=True)),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "filing_status IN ('not_required', 'unfiled', 'applying', 'filed')",
            name=op.f("ck_wage_deposit_filing_status"),
        ),
        sa.CheckConstraint(
            "state IN ('waived', 'deferred', 'awaiting_payment', 'secured', 'cancelled')",
            name=op.f("ck_wage_deposit_state"),
        ),
        sa.ForeignKeyConstraint(["applicant_id"], ["organization.id"], name=op.f("fk_wage_deposit_applicant_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_wage_deposit_authority_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_wage_deposit_office_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_wage_deposit_project_id")),
        sa.ForeignKeyConstraint(
            ["quota_application_id"], ["quota_application.id"], name=op.f("fk_wage_deposit_quota_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["ruleset_version_id"], ["ruleset_version.id"], name=op.f("fk_wage_deposit_ruleset_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wage_deposit")),
        sa.UniqueConstraint("quota_application_id", name=op.f("uq_wage_deposit_quota_application_id")),
    )
    op.create_index(op.f("ix_wage_deposit_applicant_id_id"), "wage_deposit", ["applicant_id", "id"])
    op.create_index(op.f("ix_wage_deposit_authority_id_id"), "wage_deposit", ["authority_id", "id"])
    op.create_index(op.f("ix_wage_deposit_authority_id_state_id"), "wage_deposit", ["authority_id", "state", "id"])
    op.create_index(
        op.f("ix_wage_deposit_living"),
        "wage_deposit",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_index(op.f("ix_wage_deposit_office_id_id"), "wage_deposit", ["office_id", "id"])
    op.create_index(op.f("ix_wage_deposit_office_id_state_id"), "wage_deposit", ["office_id", "state", "id"])
    op.create_index(op.f("ix_wage_deposit_project_id_id"), "wage_deposit", ["project_id", "id"])
    op.create_table(
        "bank_guarantee",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("authority_id", sa.BigInteger()),
        sa.Column("wage_deposit_id", sa.BigInteger(), nullable=False),
        sa.Column("supervising_office_id", sa.BigInteger()),
        sa.Column("project_name", sa.Text(), nullable=False),
        sa.Column("amount_due", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("mobile", sa.Text(), nullable=False),
        sa.Column("remarks", sa.Text()),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("guarantee_number", sa.Text()),
        sa.Column("fee", sa.Numeric(precision=18, scale=2)),
        sa.Column("issued_on", sa.Date()),
        sa.Column("ruleset_version_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text()),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state <> 'approved' OR num_nulls(guarantee_number, fee, issued_on) = 0",
            name=op.f("ck_bank_guarantee_returned"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'rejected')", name=op.f("ck_bank_guarantee_state")
        ),
        sa.ForeignKeyConstraint(["applicant_id"], ["organization.id"], name=op.f("fk_bank_guarantee_applicant_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_bank_guarantee_authority_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_bank_guarantee_created_by_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_bank_guarantee_office_id")),
        sa.ForeignKeyConstraint(
            ["ruleset_version_id"], ["ruleset_version.id"], name=op.f("fk_bank_guarantee_ruleset_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["supervising_office_id"], ["organization.id"], name=op.f("fk_bank_guarantee_supervising_office_id")
        ),
        sa.ForeignKeyConstraint(
            ["wage_deposit_id"], ["wage_deposit.id"], name=op.f("fk_bank_guarantee_wage_deposit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_guarantee")),
    )
    op.create_index(op.f("ix_bank_guarantee_wage_deposit_id_id"), "bank_guarantee", ["wage_deposit_id", "id"])
    op.create_table(
        "cancellation",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("authority_id", sa.BigInteger()),
        sa.Column("wage_deposit_id", sa.BigInteger(), nullable=False),
        sa.Column("actual_started_on", sa.Date(), nullable=False),
        sa.Column("actual_completed_on", sa.Date(), nullable=False),
        sa.Column("public_notice_from", sa.Date(), nullable=False),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("handler_phone", sa.Text(), nullable=False),
        sa.Column("remarks", sa.Text()),
        sa.Column("ruleset_version_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text()),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'rejected')", name=op.f("ck_cancellation_state")
        ),
        sa.ForeignKeyConstraint(["applicant_id"], ["organization.id"], name=op.f("fk_cancellation_applicant_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_cancellation_authority_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_cancellation_created_by_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_cancellation_office_id")),
        sa.ForeignKeyConstraint(
            ["ruleset_version_id"], ["ruleset_version.id"], name=op.f("fk_cancellation_ruleset_version_id")
        ),
        sa.ForeignKeyConstraint(["wage_deposit_id"], ["wage_deposit.id"], name=op.f("fk_cancellation_wage_deposit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cancellation")),
    )
    op.create_index(op.f("ix_cancellation_wage_deposit_id_id"), "cancellation", ["wage_deposit_id", "id"])
    op.create_table(
        "cash_payment",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("authority_id", sa.BigInteger()),
        sa.Column("wage_deposit_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.Column("ruleset_version_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text()),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'rejected')", name=op.f("ck_cash_payment_state")
        ),
        sa.ForeignKeyConstraint(["applicant_id"], ["organization.id"], name=op.f("fk_cash_payment_applicant_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_cash_payment_authority_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_cash_payment_created_by_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_cash_payment_office_id")),
        sa.ForeignKeyConstraint(
            ["ruleset_version_id"], ["ruleset_version.id"], name=op.f("fk_cash_payment_ruleset_version_id")
        ),
        sa.ForeignKeyConstraint(["wage_deposit_id"], ["wage_deposit.id"], name=op.f("fk_cash_payment_wage_deposit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cash_payment")),
    )
    op.create_index(op.f("ix_cash_payment_wage_deposit_id_id"), "cash_payment", ["wage_deposit_id", "id"])
    op.create_table(
        "deposit_use",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("authority_id", sa.BigInteger()),
        sa.Column("wage_deposit_id", sa.BigInteger(), nullable=False),
        sa.Column("ruleset_version_id", sa.BigInteger(), nullable=False),
        sa.Column("notice_number", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("replenish_by", sa.Date()),
        sa.Column("replenish_provisional", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_deposit_use_amount")),
        sa.ForeignKeyConstraint(["applicant_id"], ["organization.id"], name=op.f("fk_deposit_use_applicant_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_deposit_use_authority_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_deposit_use_office_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["account.id"], name=op.f("fk_deposit_use_recorded_by_id")),
        sa.ForeignKeyConstraint(
            ["ruleset_version_id"], ["ruleset_version.id"], name=op.f("fk_deposit_use_ruleset_version_id")
        ),
        sa.ForeignKeyConstraint(["wage_deposit_id"], ["wage_deposit.id"], name=op.f("fk_deposit_use_wage_deposit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit_use")),
        sa.UniqueConstraint(
            "wage_deposit_id", "notice_number", name=op.f("uq_deposit_use_wage_deposit_id_notice_number")
        ),
    )
    op.create_table(
        "filing",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("authority_id", sa.BigInteger()),
        sa.Column("wage_deposit_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ruleset_version_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text()),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'submitted', 'approved', 'rejected')", name=op.f("ck_filing_state")),
        sa.ForeignKeyConstraint(["applicant_id"], ["organization.id"], name=op.f("fk_filing_applicant_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_filing_authority_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_filing_created_by_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_filing_office_id")),
        sa.ForeignKeyConstraint(
            ["ruleset_version_id"], ["ruleset_version.id"], name=op.f("fk_filing_ruleset_version_id")
        ),
        sa.ForeignKeyConstraint(["wage_deposit_id"], ["wage_deposit.id"], name=op.f("fk_filing_wage_deposit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing")),
    )
    op.create_index(op.f("ix_filing_applicant_id_id"), "filing", ["applicant_id", "id"])
    op.create_index(op.f("ix_filing_authority_id_id"), "filing", ["authority_id", "id"])
    op.create_index(op.f("ix_filing_authority_id_state_id"), "filing", ["authority_id", "state", "id"])
    op.create_index(op.f("ix_filing_office_id_id"), "filing", ["office_id", "id"])
    op.create_index(op.f("ix_filing_office_id_state_id"), "filing", ["office_id", "state", "id"])
    op.create_index(op.f("ix_filing_wage_deposit_id_id"), "filing", ["wage_deposit_id", "id"])
    op.create_table(
        "offline_guarantee",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("authority_id", sa.BigInteger()),
        sa.Column("wage_deposit_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("mobile", sa.Text(), nullable=False),
        sa.Column("bank_brand", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("product_name", sa.Text(), nullable=False),
        sa.Column("guarantee_number", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("fee", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ruleset_version_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text()),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'rejected')", name=op.f("ck_offline_guarantee_state")
        ),
        sa.ForeignKeyConstraint(["applicant_id"], ["organization.id"], name=op.f("fk_offline_guarantee_applicant_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_offline_guarantee_authority_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_offline_guarantee_created_by_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_offline_guarantee_office_id")),
        sa.ForeignKeyConstraint(
            ["ruleset_version_id"], ["ruleset_version.id"], name=op.f("fk_offline_guarantee_ruleset_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["wage_deposit_id"], ["wage_deposit.id"], name=op.f("fk_offline_guarantee_wage_deposit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offline_guarantee")),
    )
    op.create_index(op.f("ix_offline_guarantee_wage_deposit_id_id"), "offline_guarantee", ["wage_deposit_id", "id"])
