"""Plausible data at any size, made inside PostgreSQL: enterprises, projects, quotas, deposits, letters, four cities."""

from collections.abc import Callable

import psycopg

CITIES = [("210500", "本溪市"), ("350200", "厦门市"), ("440100", "广州市"), ("460000", "海南省")]
"""Region code and name; offices and authorities are made of the name."""

_STEPS: list[tuple[str, str]] = [
    (
        "the clerk and the offices",
        """
        INSERT INTO account (mobile, email, name, password_hash, registered_at, agreement_accepted_at,
                             agreement_version)
        VALUES ('13900000000', 'bench@example.cn', '测试', '', now(), now(), 'bench');
        INSERT INTO organization (kind, name, region_code)
        SELECT 'authority', name || office, code
        FROM unnest(%(codes)s::text[], %(names)s::text[]) AS city(code, name),
             unnest(ARRAY['人力资源和社会保障局', '住房和城乡建设局']) AS office;
        """,
    ),
    (
        "enterprises",
        """
        INSERT INTO organization (kind, name, uscc, organization_kind, qualification, registered_area, contact,
                                  certified_at)
        SELECT 'enterprise', '演示建筑“' || n || '”工程有限公司', 'BENCH' || lpad(n::text, 13, '0'), '施工单位',
               '一级', '本溪市', '张' || n, now()
        FROM generate_series(1, %(projects)s / 5) AS n;
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
                             owner)
        SELECT lpad((1800000000000000000 + n)::text, 19, '0'), code, firm.ids[1 + n %% array_length(firm.ids, 1)],
               office.hrss, office.housing, version.id,
               (ARRAY['entered', 'under_construction', 'under_construction', 'completed', 'draft'])[1 + (n / 4) %% 5],
               timestamptz '2024-01-01' + n * interval '3 minutes', account.id, 1, '住建', code,
               '演示“' || n || '”号住宅小区', '演示路' || n || '号', code, '房屋建筑工程', 1000000 + n * 1001.01,
               date '2024-01-01' + (n %% 600), date '2025-06-01' + (n %% 600), 518, '演示建筑', '演示置业'
        FROM generate_series(1, %(projects)s) AS n
        CROSS JOIN LATERAL (SELECT (%(codes)s::text[])[1 + n %% 4] AS code) AS place
        JOIN office ON office.region_code = code
        JOIN ruleset_version AS version ON version.region_code = code
        CROSS JOIN firm CROSS JOIN account;
        """,
    ),
    (
        "quotas and deposits",
        """
        INSERT INTO quota_application (region_code, applicant_id, office_id, authority_id, ruleset_version_id, state,
                                       created_at, created_by_id, submitted_at, decided_at, project_id, batch_number,
                                       application_type, payment_method, entry_mode, entry_ratio, contract_amount,
                                       requested_amount, secured_amount, handler, handler_phone)
        SELECT region_code, applicant_id, office_id, authority_id, ruleset_version_id, 'approved', created_at,
               created_by_id, created_at, created_at, project.id, 'B' || project.id || '-' || round, 'ordinary',
               'guarantee', 'ratio', 0.02, contract_amount, round(contract_amount * 0.02, 2),
               round(contract_amount * 0.02, 2), '张三', '13900000000'
        FROM project, generate_series(1, CASE WHEN project.id %% 5 = 0 THEN 2 ELSE 1 END) AS round
        ORDER BY project.id, round;
        INSERT INTO wage_deposit (region_code, applicant_id, office_id, authority_id, project_id, quota_application_id,
                                  ruleset_version_id, application_type, payment_method, contract_amount, amount_due,
                                  secured_amount, handler, handler_phone, state, filing_status, created_at, secured_at)
        SELECT region_code, applicant_id, office_id, authority_id, project_id, id, ruleset_version_id, 'ordinary',
               'guarantee', contract_amount, requested_amount, requested_amount, handler, handler_phone,
               CASE WHEN batch_number LIKE '%%-1' AND project_id %% 5 = 0 THEN 'cancelled' ELSE 'secured' END, 'filed',
               created_at, created_at
        FROM quota_application ORDER BY id;
        """,
    ),
    (
        "letters of guarantee",
        """
        INSERT INTO offline_guarantee (region_code, applicant_id, office_id, authority_id, ruleset_version_id, state,
                                       created_at, created_by_id, wage_deposit_id, kind, contact, mobile, bank_brand,
                                       issuer, product_name, guarantee_number, amount, fee, issued_on, starts_on,
                                       ends_on)
        SELECT region_code, applicant_id, office_id, authority_id, ruleset_version_id,
               CASE WHEN round = 1 THEN 'approved' ELSE 'rejected' END, created_at, account.id, wage_deposit.id,
               '银行保函', '张三', '13900000000', '演示银行', '演示银行' || wage_deposit.id %% 200 || '支行',
               '农民工工资支付银行保函', 'YS-' || wage_deposit.id || '-' || round, amount_due,
               round(amount_due * 0.005, 2), date '2024-01-01', date '2024-01-01', date '2026-12-31'
        FROM wage_deposit CROSS JOIN account,
             generate_series(1, CASE WHEN wage_deposit.id %% 4 = 0 THEN 2 ELSE 1 END) AS round
        ORDER BY wage_deposit.id, round;
        """,
    ),
    ("statistics", "ANALYZE;"),
]


def fill(dsn: str, projects: int, say: Callable[[str], None]) -> None:
    """Fill a migrated database in which the rulesets are remembered."""
    sizes = {"projects": projects, "codes": [code for code, _ in CITIES], "names": [name for _, name in CITIES]}
    with psycopg.connect(dsn, autocommit=True) as connection:
        for number, (what, statements) in enumerate(_STEPS, 1):
            say(f"[{number}/{len(_STEPS)}] {what}")
            for statement in statements.strip().split(";\n"):
                if statement.strip():
                    connection.execute(statement.encode(), sizes)
