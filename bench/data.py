"""Plausible data at any size, made inside PostgreSQL: four cities, their enterprises, projects, deposits and cases.

Of 100,000 projects there are 20,000 enterprises, 120,000 deposits and 150,000 letters of guarantee. ``paperwork`` adds
what acts leave behind: rounds of review, decisions, files, messages, alerts, the trail.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from bench.paperwork import PAPERWORK

CITIES = [("210500", "本溪市"), ("350200", "厦门市"), ("440100", "广州市"), ("460000", "海南省")]
"""Region code and name; offices and authorities are made of the name."""
DESK = "演示认证审核"
OFFICER = "13900000001"
"""Who handed nothing in, and so may decide and record."""

_STEPS: list[tuple[str, str]] = [
    (
        "the clerk and the offices",
        """
        INSERT INTO account (mobile, email, name, password_hash, registered_at, agreement_accepted_at,
                             agreement_version)
        VALUES ('13900000000', 'bench@example.cn', '测试', '', now(), now(), 'bench'),
               (%(officer)s, NULL, '经办', '', now(), now(), 'bench');
        INSERT INTO organization (kind, name, region_code)
        SELECT 'authority', name || office, code
        FROM unnest(%(codes)s::text[], %(names)s::text[]) AS city(code, name),
             unnest(ARRAY['人力资源和社会保障局', '住房和城乡建设局']) AS office;
        INSERT INTO organization (kind, name) VALUES ('operator', %(desk)s);
        """,
    ),
    (
        "enterprises, their handlers, banks",
        """
        INSERT INTO organization (kind, name, uscc, organization_kind, qualification, registered_area, contact,
                                  certified_at)
        SELECT 'enterprise', '演示建筑“' || n || '”工程有限公司', 'BENCH' || lpad(n::text, 13, '0'), 'contractor',
               'first', '本溪市', '张' || n, now()
        FROM generate_series(1, %(projects)s / 5) AS n;
        INSERT INTO organization (kind, name, uscc, institution_kind)
        SELECT 'institution', '演示银行' || n || '支行', 'BANK' || lpad(n::text, 14, '0'),
               (ARRAY['bank', 'bank', 'guarantee_company', 'insurer'])[1 + mod(n, 4)]
        FROM generate_series(1, greatest(4, %(projects)s / 500)) AS n;
        INSERT INTO account (mobile, name, password_hash, registered_at, agreement_accepted_at, agreement_version)
        SELECT '138' || lpad(id::text, 8, '0'), contact, '', certified_at, certified_at, 'bench'
        FROM organization WHERE kind = 'enterprise' ORDER BY id;
        INSERT INTO membership (account_id, organization_id, role, since)
        SELECT account.id, organization.id, 'handler', date '2024-01-01'
        FROM organization JOIN account ON mobile = '138' || lpad(organization.id::text, 8, '0')
        WHERE kind = 'enterprise' ORDER BY organization.id;
        INSERT INTO certification (region_code, applicant_id, office_id, ruleset_version_id, state, created_at,
                                   created_by_id, submitted_at, decided_at, number, enterprise_id, name, uscc,
                                   organization_kind, qualification, registered_area, contact)
        SELECT version.region_code, firm.id, desk.id, version.id,
               CASE mod(firm.id, 50) WHEN 0 THEN 'submitted' WHEN 1 THEN 'rejected' ELSE 'approved' END,
               timestamptz '2024-01-01', member.account_id,
               timestamptz '2024-01-01', timestamptz '2024-01-02', 'C' || firm.id, firm.id, firm.name, firm.uscc,
               firm.organization_kind, firm.qualification, firm.registered_area, firm.contact
        FROM organization AS firm JOIN membership AS member ON member.organization_id = firm.id
        JOIN organization AS desk ON desk.kind = 'operator' AND desk.name = %(desk)s
        JOIN ruleset_version AS version ON version.region_code = (%(codes)s::text[])[1]
        WHERE firm.kind = 'enterprise' ORDER BY firm.id;
        """,
    ),
    (
        "projects",
        """
        WITH firm AS (SELECT array_agg(id ORDER BY id) AS ids FROM organization WHERE kind = 'enterprise'),
             office AS (SELECT region_code, min(id) AS hrss, max(id) AS housing
                        FROM organization WHERE kind = 'authority' GROUP BY region_code)
        INSERT INTO project (number, region_code, applicant_id, office_id, authority_id, ruleset_version_id, state,
                             created_at, created_by_id, revision, industry_kind, supervising_area, name, location, area,
                             kind, contract_amount, planned_start, planned_end, duration_days, general_contractor,
                             owner, contractor_id, hrss_office_id, industry_authority_id)
        SELECT lpad((1800000000000000000 + n)::text, 19, '0'), code, firm.ids[1 + mod(n, array_length(firm.ids, 1))],
               office.hrss, office.housing, version.id,
               (ARRAY['entered', 'under_construction', 'under_construction', 'completed', 'draft'])[1 + mod(n / 4, 5)],
               timestamptz '2024-01-01' + n * interval '3 minutes', account.id, 1, 'housing', code,
               '演示“' || n || '”号住宅小区', '演示路' || n || '号', code, 'building', 1000000 + n * 1001.01,
               date '2024-01-01' + mod(n, 600), date '2025-06-01' + mod(n, 600), 518, '演示建筑', '演示置业',
               firm.ids[1 + mod(n, array_length(firm.ids, 1))], office.hrss, office.housing
        FROM generate_series(1, %(projects)s) AS n
        CROSS JOIN LATERAL (SELECT (%(codes)s::text[])[1 + mod(n, 4)] AS code) AS place
        JOIN office ON office.region_code = code
        JOIN ruleset_version AS version ON version.region_code = code
        CROSS JOIN firm JOIN account ON mobile = '13900000000' ORDER BY n;
        """,
    ),
    (
        "what officers stated of contractors",
        """
        INSERT INTO contractor_record (region_code, applicant_id, office_id, fact, years, basis, as_of, stated_at,
                                       stated_by_id)
        SELECT office.region_code, firm.id, office.id, 'clean_years', 1, '演示检查记录', date '2024-01-01',
               timestamptz '2024-01-01', account.id
        FROM organization AS firm
        JOIN organization AS office ON office.kind = 'authority' AND office.name LIKE '%%人力资源和社会保障局'
            AND office.region_code = (%(codes)s::text[])[1 + mod(firm.id, 4)]
        JOIN account ON account.mobile = %(officer)s
        WHERE firm.kind = 'enterprise' ORDER BY firm.id;
        """,
    ),
    (
        "quotas and deposits",
        """
        INSERT INTO quota_application (region_code, applicant_id, office_id, authority_id, ruleset_version_id, state,
                                       created_at, created_by_id, submitted_at, decided_at, project_id, batch_number,
                                       application_type, payment_method, entry_mode, entry_ratio, contract_amount,
                                       requested_amount, secured_amount, handler, handler_phone)
        SELECT region_code, applicant_id, office_id, authority_id, ruleset_version_id,
               CASE WHEN round <= approved THEN 'approved' WHEN mod(id / 4, 100) = 1 THEN 'submitted'
                    ELSE 'rejected' END,
               created_at, created_by_id, created_at, created_at, id, 'B' || id || '-' || round, 'ordinary',
               'guarantee', 'ratio', 0.02, contract_amount, round(contract_amount * 0.02, 2),
               round(contract_amount * 0.02, 2), '张三', '13900000000'
        FROM project
        CROSS JOIN LATERAL (SELECT CASE WHEN mod(id, 5) = 0 THEN 2 ELSE 1 END AS approved) AS rounds,
             generate_series(1, approved + CASE WHEN mod(id / 4, 50) = 1 THEN 1 ELSE 0 END) AS round
        ORDER BY id, round;
        INSERT INTO wage_deposit (region_code, applicant_id, office_id, authority_id, project_id, quota_application_id,
                                  ruleset_version_id, application_type, payment_method, contract_amount, amount_due,
                                  secured_amount, handler, handler_phone, state, filing_status, created_at, secured_at)
        SELECT region_code, applicant_id, office_id, authority_id, project_id, id, ruleset_version_id, 'ordinary',
               'guarantee', contract_amount, requested_amount, requested_amount, handler, handler_phone,
               CASE WHEN batch_number LIKE '%%-1' AND mod(project_id, 5) = 0 THEN 'cancelled'
                    WHEN mod(project_id / 4, 50) = 2 THEN 'awaiting_payment' ELSE 'secured' END,
               CASE WHEN mod(project_id / 4, 50) IN (2, 5) THEN 'unfiled'
                    WHEN mod(project_id / 4, 50) = 4 THEN 'applying' ELSE 'filed' END,
               created_at, CASE WHEN mod(project_id / 4, 50) <> 2 THEN created_at END
        FROM quota_application WHERE state = 'approved' ORDER BY id;
        """,
    ),
    (
        "letters of guarantee and cash",
        """
        INSERT INTO letter_submission (region_code, applicant_id, office_id, authority_id, ruleset_version_id, state,
                                       created_at, created_by_id, subject_type, subject_id, kind, contact, mobile,
                                       bank_brand, issuer, product_name, guarantee_number, amount, fee, issued_on,
                                       starts_on, ends_on)
        SELECT region_code, applicant_id, office_id, authority_id, ruleset_version_id,
               CASE WHEN round = 2 THEN 'rejected' WHEN wage_deposit.state = 'awaiting_payment' THEN 'submitted'
                    ELSE 'approved' END,
               created_at, account.id, 'WageDeposit', wage_deposit.id, 'bank_guarantee', '张三', '13900000000',
               '演示银行',
               '演示银行' || mod(wage_deposit.id, 200) || '支行', '农民工工资支付银行保函',
               'YS-' || wage_deposit.id || '-' || round, amount_due, round(amount_due * 0.005, 2), date '2024-01-01',
               date '2024-01-01', date '2025-01-01' + mod(wage_deposit.id, 1461)::int
        FROM wage_deposit JOIN account ON account.mobile = '13900000000',
             generate_series(1, CASE WHEN mod(wage_deposit.id, 4) = 0 THEN 2 ELSE 1 END) AS round
        ORDER BY wage_deposit.id, round;
        INSERT INTO institution_service (institution_id, region_code, kind, state, since)
        SELECT id, '210500', institution_kind, 'live', now() FROM organization WHERE kind = 'institution' ORDER BY id;
        COMMENT ON TABLE letter_submission IS '@foreignKey (subject_id) references wage_deposit (id)';
        INSERT INTO guarantee (region_code, applicant_id, office_id, authority_id, ruleset_version_id, subject_type,
                               subject_id, project_id, origin, letter_submission_id, kind, product_name, issuer,
                               guarantee_number, number_key, beneficiary_id, amount, fee, issued_on, starts_on, ends_on,
                               state, created_at, created_by_id)
        SELECT letter.region_code, letter.applicant_id, letter.office_id, letter.authority_id,
               letter.ruleset_version_id, 'WageDeposit', subject_id, project_id, 'upload', letter.id, kind,
               product_name, issuer, guarantee_number, issuer || ' ' || lower(guarantee_number), letter.office_id,
               amount, fee, issued_on, starts_on, ends_on,
               CASE deposit.state WHEN 'cancelled' THEN 'released' ELSE 'in_force' END, letter.created_at,
               letter.created_by_id
        FROM letter_submission AS letter JOIN wage_deposit AS deposit ON deposit.id = subject_id
        WHERE letter.state = 'approved' ORDER BY letter.id;
        INSERT INTO guarantee_version (region_code, applicant_id, office_id, authority_id, guarantee_id, number, amount,
                                       fee, issued_on, starts_on, ends_on, recorded_at)
        SELECT region_code, applicant_id, office_id, authority_id, id, 1, amount, fee, issued_on, starts_on, ends_on,
               created_at
        FROM guarantee ORDER BY id;
        WITH bank AS (SELECT array_agg(id ORDER BY id) AS ids FROM organization WHERE kind = 'institution')
        INSERT INTO guarantee_order (region_code, applicant_id, office_id, authority_id, supervising_office_id,
                                     ruleset_version_id, state, created_at, created_by_id, subject_type, subject_id,
                                     project_name, amount_due, contact, mobile, amount, starts_on, ends_on)
        SELECT deposit.region_code, deposit.applicant_id, bank.ids[1 + mod(deposit.id, array_length(bank.ids, 1))],
               deposit.authority_id, deposit.office_id, deposit.ruleset_version_id,
               CASE WHEN deposit.state = 'awaiting_payment' THEN 'submitted' ELSE 'rejected' END, deposit.created_at,
               project.created_by_id, 'WageDeposit', deposit.id, project.name, amount_due, '张三', '13900000000',
               amount_due,
               date '2024-01-01', date '2025-01-01' + mod(deposit.id, 1461)::int
        FROM wage_deposit AS deposit JOIN project ON project.id = project_id CROSS JOIN bank
        WHERE mod(project_id / 4, 20) = 2 ORDER BY deposit.id;
        INSERT INTO cash_payment (region_code, applicant_id, office_id, authority_id, ruleset_version_id, state,
                                  created_at, created_by_id, wage_deposit_id, amount, paid_on, bank, account_number)
        SELECT deposit.region_code, deposit.applicant_id, deposit.office_id, deposit.authority_id,
               deposit.ruleset_version_id,
               CASE WHEN deposit.state = 'awaiting_payment' THEN 'submitted' ELSE 'rejected' END, deposit.created_at,
               account.id, deposit.id, amount_due, date '2024-01-01', '演示银行', '6222'
        FROM wage_deposit AS deposit JOIN account ON account.mobile = '13900000000'
        WHERE mod(project_id / 4, 20) = 12 ORDER BY deposit.id;
        WITH bank AS (SELECT array_agg(id ORDER BY id) AS ids FROM organization WHERE kind = 'institution')
        INSERT INTO account_reservation (region_code, applicant_id, office_id, authority_id, supervising_office_id,
                                         ruleset_version_id, state, created_at, created_by_id, wage_deposit_id,
                                         project_name, amount_due, contact, mobile)
        SELECT deposit.region_code, deposit.applicant_id, bank.ids[1 + mod(deposit.id, array_length(bank.ids, 1))],
               deposit.authority_id, deposit.office_id, deposit.ruleset_version_id,
               CASE WHEN deposit.state = 'awaiting_payment' THEN 'approved' ELSE 'rejected' END, deposit.created_at,
               project.created_by_id, deposit.id, project.name, amount_due, '张三', '13900000000'
        FROM wage_deposit AS deposit JOIN project ON project.id = project_id CROSS JOIN bank
        WHERE mod(project_id / 4, 20) = 12 ORDER BY deposit.id;
        """,
    ),
    (
        "filings, cancellations and uses",
        """
        INSERT INTO filing (region_code, applicant_id, office_id, authority_id, ruleset_version_id, state, created_at,
                            created_by_id, wage_deposit_id, kind)
        SELECT deposit.region_code, deposit.applicant_id, deposit.office_id, deposit.authority_id,
               deposit.ruleset_version_id,
               CASE filing_status WHEN 'applying' THEN 'submitted' WHEN 'unfiled' THEN 'rejected' ELSE 'approved' END,
               deposit.created_at, account.id, deposit.id, 'quota_deposit'
        FROM wage_deposit AS deposit JOIN account ON account.mobile = '13900000000'
        WHERE state <> 'awaiting_payment' ORDER BY deposit.id;
        INSERT INTO cancellation (region_code, applicant_id, office_id, authority_id, ruleset_version_id, state,
                                  created_at, created_by_id, wage_deposit_id, actual_started_on, actual_completed_on,
                                  public_notice_from, handler, handler_phone)
        SELECT deposit.region_code, deposit.applicant_id, deposit.office_id, deposit.authority_id,
               deposit.ruleset_version_id, CASE deposit.state WHEN 'cancelled' THEN 'approved' ELSE 'submitted' END,
               deposit.created_at, account.id, deposit.id, date '2024-01-01', date '2025-06-01', date '2025-07-01',
               handler, handler_phone
        FROM wage_deposit AS deposit JOIN account ON account.mobile = '13900000000'
        WHERE state = 'cancelled' OR mod(project_id / 4, 50) = 6 ORDER BY deposit.id;
        INSERT INTO deposit_use (region_code, applicant_id, office_id, authority_id, ruleset_version_id,
                                 wage_deposit_id, notice_number, amount, used_on, reason, replenish_provisional,
                                 recorded_at, recorded_by_id)
        SELECT deposit.region_code, deposit.applicant_id, deposit.office_id, deposit.authority_id,
               deposit.ruleset_version_id, deposit.id, 'T-' || round, 1000, date '2025-01-01', '拖欠工资', false,
               deposit.created_at, account.id
        FROM wage_deposit AS deposit JOIN account ON account.mobile = '13900000000', generate_series(1, 2) AS round
        WHERE mod(project_id / 4, 50) = 8 ORDER BY deposit.id, round;
        UPDATE wage_deposit SET used_amount = 2000, state = CASE state WHEN 'secured' THEN 'to_replenish' ELSE state END
        WHERE mod(project_id / 4, 50) = 8;
        """,
    ),
    *PAPERWORK,
]

# Tables that are filled first and arranged afterwards take a third of the time.
_FOREIGN_KEYS = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
_INDEXES = """
    SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relnamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


def fill(dsn: str, projects: int, say: Callable[[str], None]) -> None:
    """Fill a migrated database in which the rulesets are remembered: all of it, or on an error nothing."""
    codes, names = zip(*CITIES, strict=True)
    sizes = {"projects": projects, "codes": list(codes), "names": list(names), "desk": DESK, "officer": OFFICER}
    with psycopg.connect(dsn) as connection:
        with _bare_tables(connection, say):
            for number, (what, statements) in enumerate(_STEPS, 1):
                say(f"[{number}/{len(_STEPS)}] {what}")
                for statement in statements.strip().split(";\n"):
                    if statement.strip():
                        connection.execute(statement.encode(), sizes)
        say("statistics")
        connection.execute("ANALYZE")


@contextmanager
def _bare_tables(connection: psycopg.Connection, say: Callable[[str], None]) -> Iterator[None]:
    """Tables without foreign keys and indexes, which they get back at the end."""
    removed = [*connection.execute(_FOREIGN_KEYS).fetchall(), *connection.execute(_INDEXES).fetchall()]
    for drop, _ in removed:
        connection.execute(drop)
    yield
    say("indexes and foreign keys")
    for _, add in reversed(removed):
        connection.execute(add)
