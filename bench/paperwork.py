"""What acts leave behind, made from the cases they were about: rounds of review, decisions, files, messages, alerts."""

_CASES = {
    "certification": ("Certification", "record.name", ""),
    "quota_application": ("QuotaApplication", "project.name", "JOIN project ON project.id = record.project_id"),
    **{
        table: (
            name,
            "project.name",
            f"JOIN wage_deposit AS deposit ON deposit.id = {column} JOIN project ON project.id = project_id",
        )
        for table, (name, column) in {
            "letter_submission": ("LetterSubmission", "subject_id"),
            "guarantee_order": ("GuaranteeOrder", "subject_id"),
            "account_reservation": ("AccountReservation", "wage_deposit_id"),
            "cash_payment": ("CashPayment", "wage_deposit_id"),
            "filing": ("Filing", "wage_deposit_id"),
            "cancellation": ("Cancellation", "wage_deposit_id"),
        }.items()
    },
}
"""Of each table of cases: the class, the title of a round, and whence it comes."""

_ROUNDS = """
    INSERT INTO review (procedure, subject_type, subject_id, title, round, submitted_at, submitted_by_id, due_on,
                        due_provisional, outcome, decided_at, decided_by_id, reason, ruleset_version_id, region_code,
                        applicant_id, office_id, authority_id)
    SELECT '{table}', '{name}', record.id, {title}, 1, record.created_at, record.created_by_id,
           CASE WHEN mod(record.id, 7) > 0 THEN record.created_at::date + 14 END, false,
           nullif(record.state, 'submitted'), CASE WHEN record.state <> 'submitted' THEN record.created_at END,
           CASE WHEN record.state <> 'submitted' THEN record.created_by_id END,
           CASE WHEN record.state = 'rejected' THEN '材料不清晰' END, record.ruleset_version_id, record.region_code,
           record.applicant_id, record.office_id, record.authority_id
    FROM {table} AS record {source} ORDER BY record.id;
"""

PAPERWORK: list[tuple[str, str]] = [
    (
        "rounds of review",
        "".join(
            _ROUNDS.format(table=table, name=name, title=title, source=source)
            for table, (name, title, source) in _CASES.items()
        ),
    ),
    (
        "decisions and files",
        """
        INSERT INTO kept_decision (region_code, applicant_id, office_id, authority_id, subject_type, subject_id,
                                   act, path, body, kept_at)
        SELECT review.region_code, applicant_id, office_id, authority_id, subject_type, subject_id,
               procedure || '.submit',
               'wage_deposit.amount', jsonb_build_object(
                   'path', 'wage_deposit.amount', 'label', '应缴金额', 'on', '2024-01-01', 'kind', 'money',
                   'certainty', 'confirmed', 'value', '20020.20', 'sentence', '应缴纳20020.20元。', 'because',
                   jsonb_build_array(), 'ruleset',
                   jsonb_build_object('city', city, 'version', version, 'digest', digest)
               ), submitted_at
        FROM review JOIN ruleset_version AS version ON version.id = ruleset_version_id
        WHERE subject_type = 'QuotaApplication' ORDER BY review.id;
        INSERT INTO document (region_code, applicant_id, office_id, authority_id, name, media_type, size, sha256, key,
                              uploaded_by_id, uploaded_at, material, subject_type, subject_id)
        SELECT region_code, applicant_id, office_id, authority_id, '材料.pdf', 'application/pdf', 15,
               lpad(id::text, 64, '0'), 'bench/' || id, submitted_by_id, submitted_at, 'guarantee_letter', subject_type,
               subject_id
        FROM review WHERE subject_type IN ('Certification', 'LetterSubmission', 'Cancellation') ORDER BY id;
        """,
    ),
    (
        "messages and alerts",
        """
        INSERT INTO message (account_id, channel, address, notice, subject, body, parameters, secret, message_id,
                             state, written_at, sent_at, tries)
        SELECT account_id, 'sms', '13800000000', outcome, '审核结果', title || '的审核有了结果。', '{}', false,
               '<' || review.id || '@bench>', 'sent', decided_at, decided_at, 1
        FROM review JOIN membership ON organization_id = applicant_id AND role = 'handler'
        WHERE outcome IS NOT NULL ORDER BY review.id;
        INSERT INTO alert (region_code, applicant_id, office_id, authority_id, kind, subject_type, subject_id,
                           project_id, message, ends_on, raised_at, state)
        SELECT letter.region_code, letter.applicant_id, letter.office_id, letter.authority_id, 'guarantee_expiry',
               'Guarantee', letter.id, project_id, '保函即将到期', ends_on, letter.created_at,
               CASE WHEN mod(project_id / 5, 20) = 0 THEN 'open' ELSE 'cleared' END
        FROM guarantee AS letter
        WHERE mod(project_id, 5) = 0 ORDER BY letter.id;
        """,
    ),
    (
        "the trail",
        """
        INSERT INTO audit_entry (region_code, applicant_id, office_id, authority_id, chain, number, at, account_id,
                                 actor_name, role, act, subject_type, subject_id, before, after, request_id, previous,
                                 digest)
        SELECT region_code, applicant_id, office_id, authority_id, region_code,
               row_number() OVER (PARTITION BY region_code ORDER BY id), submitted_at, submitted_by_id, '测试',
               'handler', procedure || '.submit', subject_type, subject_id, '{}', '{"state": "submitted"}', '', '', ''
        FROM review ORDER BY id;
        INSERT INTO audit_head (chain, number, digest)
        SELECT chain, max(number), '' FROM audit_entry GROUP BY chain;
        """,
    ),
]
