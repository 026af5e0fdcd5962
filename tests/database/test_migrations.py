"""The tables of a migrated database are those the models describe, and the way back leaves nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from psycopg import sql

from anxin.database import migrate
from anxin.database.embedded import EmbeddedPostgres
from anxin.database.tables import METADATA

LEFT = """
    SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT typname::text FROM pg_type WHERE typnamespace = 'public'::regnamespace
"""
# What Alembic does not compare: checks, conditions of indexes, orders of columns, identities.
DEFINITIONS = r"""
    SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'procrastinate\_%'
    UNION ALL SELECT tablename::text, indexname::text, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename NOT LIKE 'procrastinate\_%'
    UNION ALL SELECT table_name::text, column_name::text, concat_ws(' ', data_type, is_nullable, is_identity)
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'procrastinate\_%'
"""


def engine_of(url: str) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)


def everything(url: str, question: str) -> set[tuple[str, ...]]:
    with engine_of(url).connect() as connection:
        return {tuple(row) for row in connection.execute(sqlalchemy.text(question))}


def test_migrating_makes_what_the_models_describe(empty: str) -> None:
    migrate.upgrade(empty)
    with engine_of(empty).connect() as connection:
        ours = {
            "include_name": lambda name, kind, _: kind != "table" or not name.startswith("procrastinate_"),
            "compare_server_default": True,
        }
        found = compare_metadata(MigrationContext.configure(connection, opts=ours), METADATA)
    assert found == []


def test_constraints_and_indexes_are_those_of_the_models(
    server: EmbeddedPostgres, empty: str, database_url: str
) -> None:
    METADATA.create_all(engine_of(empty))
    migrated = {row for row in everything(database_url, DEFINITIONS) if row[0] != "alembic_version"}
    assert migrated == everything(empty, DEFINITIONS)


def test_down_leaves_nothing_and_up_works_again(empty: str) -> None:
    migrate.upgrade(empty)
    assert migrate.current_revision(empty) == migrate.head_revision()
    migrate.downgrade(empty)
    assert everything(empty, LEFT) == set()
    assert migrate.current_revision(empty) is None
    migrate.upgrade(empty)
    assert migrate.current_revision(empty) == migrate.head_revision()


def test_migrating_a_migrated_database_changes_nothing(database_url: str) -> None:
    before = everything(database_url, LEFT)
    migrate.upgrade(database_url)
    assert everything(database_url, LEFT) == before


def test_of_several_processes_that_start_at_once_one_migrates(empty: str) -> None:
    upgrade = [
        sys.executable,
        "-c",
        "import sys; from anxin.database import migrate; migrate.upgrade(sys.argv[1])",
        empty,
    ]
    started = [subprocess.Popen(upgrade, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    complaints = [process.communicate()[1] for process in started]
    assert complaints == ["", "", ""]
    assert migrate.current_revision(empty) == migrate.head_revision()


def test_a_migration_that_fails_leaves_the_database_as_it_was(empty: str) -> None:
    with engine_of(empty).begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE wage_deposit (id bigint)"))
    before = everything(empty, LEFT)
    with pytest.raises(sqlalchemy.exc.ProgrammingError, match="already exists"):
        migrate.upgrade(empty)
    assert everything(empty, LEFT) == before


@pytest.mark.parametrize(
    "change", ["UPDATE audit_entry SET act = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
def test_the_audit_trail_takes_no_change(database_url: str, change: str) -> None:
    with (
        psycopg.connect(database_url.replace("+psycopg", "")) as connection,
        pytest.raises(psycopg.errors.RestrictViolation, match="audit_entry is append-only"),
    ):
        connection.execute(change)


def test_every_table_of_core_is_known_to_migrations_also_without_numpy_which_is_an_extra() -> None:
    """In a process of its own: here other tests have imported whatever they need."""
    core = Path(__file__).parents[2] / "core"
    declared = {
        statement.value.value
        for path in core.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__tablename__"
        if isinstance(statement.value, ast.Constant)
    }
    command = (
        "import sys; sys.modules['numpy'] = None; from anxin.database.tables import METADATA as m; print(*m.tables)"
    )
    known = subprocess.run([sys.executable, "-c", command], check=True, capture_output=True, text=True).stdout
    assert len(declared) > 20
    assert set(known.split()) == declared


FILE = """
    INSERT INTO account (mobile, name, password_hash, registered_at, agreement_accepted_at, agreement_version)
    VALUES ('13700000001', '张三', 'x', now(), now(), 'x');
    INSERT INTO document (region_code, name, media_type, size, sha256, key, uploaded_by_id, uploaded_at, case_type,
                          case_id)
    SELECT '210500', '文件.pdf', 'application/pdf', 1, 'x', 'x', id, now(), 'Filing', 7 FROM account;
"""
PROOFS = """
    INSERT INTO account (mobile, name, password_hash, registered_at, agreement_accepted_at, agreement_version)
    SELECT '1370000001' || n + 1, name, 'x', '2026-11-01Z', now(), 'x'
    FROM unnest(ARRAY['by sms', 'by mail', 'by mail, logged in', 'appointed']) WITH ORDINALITY AS one (name, n)
    ORDER BY n;
    INSERT INTO one_time_code (request, purpose, channel, address, source, digest, sent_at, expires_at, tries_left,
                               used_at)
    SELECT n, purpose, 'sms', mobile, '', '', now(), now(), 4, used_at::timestamptz FROM (VALUES
        (1, 'register', '13700000012', '2026-11-01Z'), (2, 'register', '13700000013', '2026-11-02Z'),
        (3, 'log_in', '13700000014', '2026-11-03Z'), (4, 'log_in', '13700000013', NULL)
    ) AS code (n, purpose, mobile, used_at);
    INSERT INTO audit_entry (chain, number, previous, digest, at, actor_name, act, subject_type, subject_id,
                             region_code, request_id, before, after)
    SELECT 'platform', 1, '', '', now(), '', 'identity.appoint', 'Account', id, 'platform', '', '{}', '{}'
    FROM account WHERE name = 'appointed';
"""
PROVED = """
    SELECT name, mobile_proved_at::date::text, appointed_at IS NOT NULL FROM account WHERE name <> '张三' ORDER BY id
"""
SEEN = """
    SET LOCAL ROLE anxin_reader;
    SELECT set_config('anxin.account', '{account}', true);
    SELECT subject_type, subject_id FROM document
"""


def test_what_the_previous_release_kept_is_there_after_the_next_and_after_the_way_back(empty: str) -> None:
    migrate.upgrade(empty, "0001")
    plain = empty.replace("+psycopg", "")
    with psycopg.connect(plain) as connection:
        connection.execute(FILE)
    migrate.upgrade(empty, "0007")
    with psycopg.connect(plain) as connection:
        connection.execute(PROOFS)
    migrate.upgrade(empty)
    with psycopg.connect(plain) as connection:
        assert connection.execute(PROVED).fetchall() == [
            ("by sms", "2026-11-01", False),
            ("by mail", None, False),  # its number's owner used a code of his own, for nothing
            ("by mail, logged in", "2026-11-03", False),
            ("appointed", None, True),
        ]
        connection.execute("UPDATE account SET mobile = NULL WHERE name = 'by mail'")
    for account, seen in (("1", [("Filing", 7)]), ("2", [])):
        with psycopg.connect(plain) as connection:
            cursor = connection.execute(SEEN.format(account=account))
            while cursor.nextset():
                pass
            assert cursor.fetchall() == seen
    migrate.downgrade(empty, "0007")
    with psycopg.connect(plain) as connection:
        closed = connection.execute("SELECT mobile FROM account WHERE name = 'by mail'").fetchall()
        assert [mobile[:7] for (mobile,) in closed] == ["closed-"]
    migrate.downgrade(empty, "0001")
    with psycopg.connect(plain) as connection:
        assert connection.execute("SELECT case_type, case_id FROM document").fetchall() == [("Filing", 7)]


LABELS = """
    INSERT INTO ruleset_version (city, region_code, version, digest, layers, hooks_source, first_loaded_at,
        last_loaded_at)
    VALUES ('benxi', '210500', '1', 'd', jsonb_build_array({layer}::text), '', now(), now());
    INSERT INTO organization (kind, name, uscc, organization_kind, qualification, certified_at)
    VALUES ('enterprise', '演示', '91', '施工单位', '甲级', now()), ('operator', '平台', null, null, null, null);
    INSERT INTO account (mobile, name, password_hash, registered_at, agreement_accepted_at, agreement_version)
    VALUES ('13700000001', '张三', 'x', now(), now(), 'x');
    INSERT INTO certification (region_code, applicant_id, office_id, ruleset_version_id, state, created_at,
        created_by_id, submitted_at, decided_at, number, enterprise_id, name, uscc, organization_kind, qualification,
        registered_area, contact)
    SELECT '210500', firm.id, desk.id, 1, 'approved', now(), account.id, now(), now(), 'C1', firm.id, '演示', '91',
        '施工单位', '其他写法', '本溪', '张三'
    FROM organization AS firm, organization AS desk, account WHERE firm.kind = 'enterprise' AND desk.kind = 'operator';
    INSERT INTO project (number, region_code, applicant_id, ruleset_version_id, state, created_at, created_by_id,
        revision, industry_kind, kind)
    SELECT '1', '210500', 1, 1, 'draft', now(), 1, 0, '住建', '市政工程';
"""
KEPT = """
    SELECT organization_kind, qualification FROM organization WHERE kind = 'enterprise'
    UNION ALL SELECT organization_kind, qualification FROM certification
    UNION ALL SELECT industry_kind, kind FROM project
"""


def test_choices_kept_by_their_labels_are_kept_by_their_codes_after_it_and_by_labels_after_the_way_back(empty: str):
    migrate.upgrade(empty, "0007")
    plain = empty.replace("+psycopg", "")
    layer = (Path(__file__).parents[2] / "rules" / "benxi" / "ruleset.yaml").read_text("utf-8")
    labels = [("施工单位", "甲级"), ("施工单位", "其他写法"), ("住建", "市政工程")]
    with psycopg.connect(plain) as connection:
        connection.execute(sql.SQL(LABELS).format(layer=sql.Literal(layer)))
    for revision, kept in (
        ("0013", [("contractor", "grade_a"), ("contractor", "其他写法"), ("housing", "市政工程")]),
        ("0007", labels),
    ):
        (migrate.upgrade if revision > "0007" else migrate.downgrade)(empty, revision)
        with psycopg.connect(plain) as connection:
            assert connection.execute(KEPT).fetchall() == kept


ASKED = """
    INSERT INTO account (mobile, name, password_hash, registered_at, agreement_accepted_at, agreement_version)
    VALUES ('13700000001', '张三', '', now(), now(), '');
    INSERT INTO organization (kind, name) VALUES ('operator', '平台');
    INSERT INTO ruleset_version (city, region_code, version, digest, layers, hooks_source, first_loaded_at,
        last_loaded_at)
    VALUES ('benxi', '210500', '1', 'd', '[]', '', now(), now());
    INSERT INTO certification (region_code, office_id, ruleset_version_id, state, created_at, created_by_id, number,
        name, uscc)
    SELECT '210500', o.id, r.id, 'draft', now(), a.id, 'RZ1', '甲', '911'
    FROM organization o, ruleset_version r, account a;
"""


def test_what_only_a_city_asks_is_not_lost_on_the_way_back(empty: str):
    migrate.upgrade(empty, "0018")
    plain = empty.replace("+psycopg", "")
    everything = "organization_kind = '', qualification = '', registered_area = '', contact = ''"
    for written in (ASKED, f"UPDATE certification SET {everything}, city_fields = '{{}}'"):
        with psycopg.connect(plain) as connection:
            connection.execute(written)
        with pytest.raises(RuntimeError, match="no way back"):
            migrate.downgrade(empty, "0016")
    with psycopg.connect(plain) as connection:
        connection.execute("UPDATE certification SET city_fields = NULL")
    migrate.downgrade(empty, "0016")
    with psycopg.connect(plain) as connection:
        assert connection.execute("SELECT count(*) FROM certification").fetchone() == (1,)


def test_a_warning_that_rests_on_no_decision_is_not_lost_on_the_way_back(empty: str):
    migrate.upgrade(empty, "0030")
    plain = empty.replace("+psycopg", "")
    with psycopg.connect(plain) as connection:
        connection.execute(
            "INSERT INTO kept_decision (region_code, subject_type, subject_id, act, path, warning, kept_at) "
            "VALUES ('210500', 'Project', 1, 'project.enter', 'SAME_WORKS', '{}', now())"
        )
    with pytest.raises(RuntimeError, match="1 warnings rest on no decision"):
        migrate.downgrade(empty, "0024")
    with psycopg.connect(plain) as connection:
        connection.execute("DELETE FROM kept_decision")
    migrate.downgrade(empty, "0024")


ROUNDS = """
    INSERT INTO review (procedure, subject_type, subject_id, title, round, submitted_at, submitted_by_id,
        due_provisional, outcome, decided_at, decided_by_id, reason, ruleset_version_id, region_code)
    SELECT 'certification', 'Certification', 1, '演示', n, timestamptz '2026-11-01Z' + n * interval '1 day', 1, false,
        outcome, now(), 1, '不清晰', 1, '210500'
    FROM unnest(ARRAY['rejected', 'approved']) WITH ORDINALITY AS one (outcome, n);
    INSERT INTO document (region_code, name, media_type, size, sha256, key, uploaded_by_id, uploaded_at, subject_type,
        subject_id)
    SELECT '210500', name, 'application/pdf', 1, 'x', name, 1, uploaded_at::timestamptz, subject_type, 1
    FROM (VALUES ('first', '2026-11-01Z', 'Certification'), ('second', '2026-11-02 01:00Z', 'Certification'),
        ('late', '2026-11-09Z', 'Certification'), ('free', '2026-11-01Z', NULL))
        AS one (name, uploaded_at, subject_type);
    INSERT INTO kept_decision (region_code, subject_type, subject_id, act, path, body, kept_at)
    SELECT '210500', kind, 1, 'submit', 'x', '{}', '2026-11-02Z' FROM unnest(ARRAY['Certification', 'Project']) AS kind;
"""
OF_ROUNDS = """
    SELECT name, rounds::text FROM document
    UNION ALL SELECT subject_type, round::text FROM kept_decision
    UNION ALL SELECT reviewer, round::text FROM review
    UNION ALL SELECT 'newest', round::text FROM certification
"""


def test_papers_and_decisions_of_before_are_of_the_round_they_came_with_and_no_withdrawal_is_lost(empty: str):
    migrate.upgrade(empty, "0013")
    plain = empty.replace("+psycopg", "")
    with psycopg.connect(plain) as connection:
        connection.execute(sql.SQL(LABELS).format(layer=sql.Literal("")))
        connection.execute(ROUNDS)
    migrate.upgrade(empty)
    with psycopg.connect(plain) as connection:
        assert sorted(connection.execute(OF_ROUNDS).fetchall(), key=str) == [
            ("Certification", "1"),
            ("Project", None),
            ("first", "{1}"),
            ("free", "{}"),
            ("late", "{2}"),
            ("newest", "2"),
            ("second", "{2}"),
            ("张三", "1"),
            ("张三", "2"),
        ]
        connection.execute("UPDATE review SET outcome = 'withdrawn' WHERE round = 2")
    with pytest.raises(RuntimeError, match="1 applications are withdrawn"):
        migrate.downgrade(empty, "0013")
    with psycopg.connect(plain) as connection:
        connection.execute("UPDATE review SET outcome = 'approved' WHERE round = 2")
    migrate.downgrade(empty, "0013")


LETTERS = """
    INSERT INTO ruleset_version (city, region_code, version, digest, layers, hooks_source, first_loaded_at,
        last_loaded_at) VALUES ('benxi', '210500', '1', 'd', '[]', '', now(), now());
    INSERT INTO organization (kind, name, uscc, institution_kind) VALUES ('enterprise', '演示', '91', null),
        ('authority', '人社局', null, null), ('institution', '演示银行', '92', 'bank');
    INSERT INTO account (mobile, name, password_hash, registered_at, agreement_accepted_at, agreement_version)
    VALUES ('13700000001', '张三', 'x', now(), now(), 'x');
    INSERT INTO project (number, region_code, applicant_id, office_id, ruleset_version_id, state, created_at,
        created_by_id, revision)
    SELECT n, '210500', 1, 2, 1, 'entered', now(), 1, 1 FROM generate_series(1, 3) AS n;
    INSERT INTO quota_application (region_code, applicant_id, office_id, ruleset_version_id, state, created_at,
        created_by_id, project_id, batch_number, application_type, entry_mode, contract_amount, requested_amount,
        handler, handler_phone)
    SELECT '210500', 1, 2, 1, 'approved', now(), 1, n, n, 'ordinary', 'amount', 1, 1, '', ''
    FROM generate_series(1, 3) AS n;
    INSERT INTO wage_deposit (region_code, applicant_id, office_id, project_id, quota_application_id,
        ruleset_version_id, application_type, payment_method, contract_amount, amount_due, secured_amount, handler,
        handler_phone, state, filing_status, created_at, cancelled_at)
    SELECT '210500', 1, 2, n, n, 1, 'ordinary', 'guarantee', 1, 500, 500, '', '', state, 'unfiled', now(), null
    FROM unnest(ARRAY['secured', 'secured', 'cancelled']) WITH ORDINALITY AS one (state, n);
    INSERT INTO bank_guarantee (region_code, applicant_id, office_id, supervising_office_id, ruleset_version_id, state,
        created_at, created_by_id, wage_deposit_id, project_name, amount_due, contact, mobile, amount, starts_on,
        ends_on, guarantee_number, fee, issued_on)
    VALUES ('210500', 1, 3, 2, 1, 'rejected', now(), 1, 1, '甲', 500, '', '', 500, '2026-01-01', '2026-12-31', null,
        null, null), ('210500', 1, 3, 2, 1, 'approved', now(), 1, 1, '甲', 500, '', '', 620, '2026-02-01', '2027-01-31',
        'YS-1', 3, '2026-02-01');
    INSERT INTO offline_guarantee (region_code, applicant_id, office_id, ruleset_version_id, state, created_at,
        created_by_id, wage_deposit_id, kind, contact, mobile, bank_brand, issuer, product_name, guarantee_number,
        amount, fee, issued_on, starts_on, ends_on)
    SELECT '210500', 1, 2, 1, 'approved', now(), 1, n, 'bank_guarantee', '', '', '', '演示 银行', '保函', 'ｙｓ-1', 500,
        1, '2026-01-01', '2026-01-01', '2026-12-31' FROM generate_series(2, 3) AS n;
    INSERT INTO review (region_code, applicant_id, office_id, procedure, subject_type, subject_id, title, round,
        submitted_at, submitted_by_id, due_provisional, outcome, decided_by_id, ruleset_version_id)
    VALUES ('210500', 1, 3, 'bank_guarantee', 'BankGuarantee', 2, '', 1, now(), 1, false, 'approved', 1, 1),
        ('210500', 1, 2, 'offline_guarantee', 'OfflineGuarantee', 1, '', 1, now(), 1, false, 'approved', 1, 1);
    INSERT INTO alert (region_code, applicant_id, office_id, kind, subject_type, subject_id, project_id, message,
        ends_on, raised_at, state)
    VALUES ('210500', 1, 2, 'guarantee_expiry', 'OfflineGuarantee', 1, 2, '', '2026-12-31', now(), 'open');
    INSERT INTO audit_entry (chain, number, previous, digest, at, actor_name, act, subject_type, subject_id,
        region_code, request_id, before, after)
    VALUES ('210500', 1, '', '', now(), '', 'bank_guarantee.submit', 'BankGuarantee', 2, '210500', '', '{}',
        '{"facts": {"guarantee.amount": "500.00", "guarantee.starts_on": "2026-01-01",
                    "guarantee.ends_on": "2026-12-31"}}');
"""
CARRIED = """
    SELECT guarantee.origin, guarantee.subject_id, guarantee.issuer, guarantee.number_key, guarantee.amount::text,
        guarantee.state, guarantee.beneficiary_id, guarantee.confirmed_by_id, version.number, version.ends_on::text
    FROM guarantee JOIN guarantee_version AS version ON guarantee_id = guarantee.id ORDER BY guarantee.id
"""
NAMED = """
    SELECT procedure, subject_type, subject_id FROM review
    UNION ALL SELECT kind, subject_type, subject_id FROM alert
"""


def test_letters_are_orders_submissions_and_guarantees_after_it_and_letters_again_after_the_way_back(empty: str):
    migrate.upgrade(empty, "0017")
    plain = empty.replace("+psycopg", "")
    with psycopg.connect(plain) as connection:
        connection.execute(LETTERS)
        before = connection.execute(NAMED).fetchall()
        kept = "SELECT id, wage_deposit_id, guarantee_number, amount, fee, ends_on FROM {} ORDER BY id"
        tables = ("bank_guarantee", "offline_guarantee")
        letters = [connection.execute(kept.format(table)).fetchall() for table in tables]
    migrate.upgrade(empty, "0020")
    with psycopg.connect(plain) as connection:
        assert connection.execute(CARRIED).fetchall() == [
            ("order", 1, "演示银行", "演示银行 ys-1", "620.00", "in_force", 2, 1, 1, "2027-01-31"),
            ("upload", 2, "演示 银行", None, "500.00", "in_force", 2, 1, 1, "2026-12-31"),  # that number stood before
            ("upload", 3, "演示 银行", None, "500.00", "released", 2, None, 1, "2026-12-31"),
        ]
        asked = "SELECT id, amount::text, ends_on::text FROM guarantee_order ORDER BY id"  # which the trail remembers
        assert connection.execute(asked).fetchall() == [(1, "500.00", "2026-12-31"), (2, "500.00", "2026-12-31")]
        assert connection.execute(NAMED).fetchall() == [
            ("guarantee_order", "GuaranteeOrder", 2),
            ("letter_submission", "LetterSubmission", 1),
            ("guarantee_expiry", "Guarantee", 2),
        ]
        services = "SELECT institution_id, region_code, kind, state FROM institution_service"
        assert connection.execute(services).fetchall() == [(3, "210500", "bank", "live")]
    migrate.downgrade(empty, "0017")
    with psycopg.connect(plain) as connection:
        assert connection.execute(NAMED).fetchall() == before
        assert letters == [connection.execute(kept.format(table)).fetchall() for table in tables]
    migrate.upgrade(empty, "0020")
    with psycopg.connect(plain) as connection:
        connection.execute("UPDATE guarantee_order SET accepted_at = now() WHERE id = 1")
    with pytest.raises(RuntimeError, match="there is no way back from 0020"):
        migrate.downgrade(empty, "0017")
    migrate.upgrade(empty, "0024")
    with psycopg.connect(plain) as connection:
        connection.execute("UPDATE letter_submission SET corrects_id = id")
    with pytest.raises(RuntimeError, match="rows of letter_submission correct others"):
        migrate.downgrade(empty, "0021")
    with psycopg.connect(plain) as connection:
        connection.execute("UPDATE letter_submission SET corrects_id = NULL")
    migrate.upgrade(empty, "0034")
    with psycopg.connect(plain) as connection:
        connection.execute("UPDATE letter_submission SET extends_id = (SELECT min(id) FROM guarantee)")
    with pytest.raises(RuntimeError, match="there is no way back from 0034"):
        migrate.downgrade(empty, "0024")
    with psycopg.connect(plain) as connection:
        connection.execute("UPDATE letter_submission SET extends_id = NULL")
    migrate.downgrade(empty, "0024")
    migrate.downgrade(empty, "0021")


def test_a_used_deposit_is_to_be_replenished_after_it_and_secured_again_after_the_way_back(empty: str):
    migrate.upgrade(empty, "0017")
    plain = empty.replace("+psycopg", "")
    with psycopg.connect(plain) as connection:
        connection.execute(LETTERS)
    migrate.upgrade(empty, "0025")
    uses = """
        INSERT INTO deposit_use (region_code, applicant_id, office_id, wage_deposit_id, ruleset_version_id,
            notice_number, amount, used_on, reason, replenish_by, replenish_provisional, made_up_at, recorded_at,
            recorded_by_id)
        SELECT '210500', 1, 2, deposit, 1, n, amount, '2026-03-01', '', '2026-03-15'::date + n::int, false,
            CASE n WHEN 3 THEN now() END, now(), 1
        FROM (VALUES (1, 1, 10), (1, 2, 20), (1, 3, 40), (3, 4, 5)) AS one (deposit, n, amount)"""
    stands = """
        SELECT state, used_amount::text, replenish_by::text, provided_on::text FROM wage_deposit ORDER BY id"""
    with psycopg.connect(plain) as connection:
        connection.execute(uses)
        connection.execute("UPDATE wage_deposit SET secured_at = now() WHERE id < 3")
    migrate.upgrade(empty, "0026")
    with psycopg.connect(plain) as connection:
        assert connection.execute(stands).fetchall() == [
            ("to_replenish", "30.00", "2026-03-16", "2026-02-01"),
            ("secured", "0.00", None, "2026-01-01"),
            ("cancelled", "0.00", None, None),
        ]
    with pytest.raises(RuntimeError, match="there is no way back from 0026"):
        migrate.downgrade(empty, "0025")
    with psycopg.connect(plain) as connection:
        connection.execute("UPDATE deposit_use SET made_up_at = NULL")
    migrate.downgrade(empty, "0025")
    with psycopg.connect(plain) as connection:
        states = connection.execute("SELECT state FROM wage_deposit ORDER BY id").fetchall()
        assert states == [("secured",), ("secured",), ("cancelled",)]
