-- Q1
WITH page AS MATERIALIZED (
    SELECT id, number, name, state, contract_amount, planned_start, created_at, applicant_id
    FROM project WHERE office_id = $1 AND id < $2 ORDER BY id DESC LIMIT 50
), last AS MATERIALIZED (
    SELECT min(id) AS id FROM page
)
SELECT concat('{"data":{"projects":{"edges":[', array_to_string(array(
    SELECT concat('{"cursor":"Project.id=', p.id,
        '","node":{"id":"Project:', p.id, '","number":"', p.number,
        '","name":', coalesce(to_json(p.name)::text, 'null'), ',"state":"', upper(p.state),
        '","contractAmount":', coalesce('"' || p.contract_amount || '"', 'null'),
        ',"plannedStart":', coalesce('"' || p.planned_start || '"', 'null'), ',"createdAt":', to_json(p.created_at),
        ',"contractor":', (
            SELECT concat('{"name":', to_json(o.name), ',"uscc":', coalesce('"' || o.uscc || '"', 'null'), '}')
            FROM organization AS o WHERE o.id = p.applicant_id
        ), ',"wageDeposits":[', array_to_string(array(
            SELECT concat('{"id":"WageDeposit:', d.id,
                '","amountDue":"', d.amount_due, '","state":"', upper(d.state), '","letterSubmissions":[',
                array_to_string(array(
                    SELECT concat('{"id":"LetterSubmission:', g.id,
                        '","amount":"', g.amount, '","state":"', upper(g.state), '","issuer":', to_json(g.issuer), '}')
                    FROM letter_submission AS g WHERE g.subject_type = 'WageDeposit' AND g.subject_id = d.id ORDER BY g.id
                ), ','), ']}')
            FROM wage_deposit AS d WHERE d.project_id = p.id ORDER BY d.id
        ), ','), ']}}')
    FROM page AS p ORDER BY p.id DESC
), ','), '],"pageInfo":{"hasNextPage":', CASE WHEN EXISTS (
    SELECT FROM project WHERE office_id = $1 AND id < (SELECT id FROM last)
) THEN 'true' ELSE 'false' END, ',"endCursor":', (
    SELECT coalesce('"Project.id=' || id || '"', 'null')
    FROM last
), '}}}}')

-- Q2
SELECT concat('{"data":{"node":', (
    SELECT concat('{"id":"Project:', p.id, '","number":"', p.number,
        '","name":', coalesce(to_json(p.name)::text, 'null'), ',"state":"', upper(p.state),
        '","contractAmount":', coalesce('"' || p.contract_amount || '"', 'null'),
        ',"plannedStart":', coalesce('"' || p.planned_start || '"', 'null'), ',"createdAt":', to_json(p.created_at),
        ',"contractor":', (
            SELECT concat('{"name":', to_json(o.name), ',"uscc":', coalesce('"' || o.uscc || '"', 'null'), '}')
            FROM organization AS o WHERE o.id = p.applicant_id
        ), ',"wageDeposits":[', array_to_string(array(
            SELECT concat('{"id":"WageDeposit:', d.id,
                '","amountDue":"', d.amount_due, '","state":"', upper(d.state), '","letterSubmissions":[',
                array_to_string(array(
                    SELECT concat('{"id":"LetterSubmission:', g.id,
                        '","amount":"', g.amount, '","state":"', upper(g.state), '","issuer":', to_json(g.issuer), '}')
                    FROM letter_submission AS g WHERE g.subject_type = 'WageDeposit' AND g.subject_id = d.id ORDER BY g.id
                ), ','), ']}')
            FROM wage_deposit AS d WHERE d.project_id = p.id ORDER BY d.id
        ), ','), ']}')
    FROM project AS p WHERE p.id = $1
), '}}')

-- Q3
SELECT concat('{"data":{"node":{"id":"Enterprise:', id,
    '","name":', to_json(name), '}}}')
FROM organization WHERE id = $1

-- M1
SELECT concat('{"data":{"recordDepositUse":{"id":"DepositUse:', used.id, '","noticeNumber":',
    to_json(used.notice_number), ',"amount":"', used.amount, '","usedOn":"', used.used_on, '","reason":',
    to_json(used.reason), ',"replenishBy":', coalesce('"' || used.replenish_by || '"', 'null'),
    ',"wageDeposit":{"id":"WageDeposit:', d.id,
    '","amountDue":"', d.amount_due, '","state":"TO_REPLENISH',
    '","project":{"id":"Project:', p.id,
    '","name":', to_json(p.name), ',"contractor":{"name":', to_json(o.name),
    ',"uscc":', coalesce('"' || o.uscc || '"', 'null'), '}}}}}}')
FROM bench.record_deposit_use($1, $2, $3, $4, $5) AS used
JOIN wage_deposit AS d ON d.id = used.wage_deposit_id
JOIN project AS p ON p.id = d.project_id
JOIN organization AS o ON o.id = p.applicant_id
