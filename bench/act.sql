-- What core.wage_deposits.actions.uses.record checks and writes, for those who compare themselves with it. The officer
-- and all that the rules decide (the day, the decision kept, the period in words) are given: rules are not compared.
CREATE SCHEMA IF NOT EXISTS bench;
CREATE OR REPLACE FUNCTION bench.record_deposit_use(
    wage_deposit_id bigint, notice_number text, amount numeric, used_on date, reason text
) RETURNS public.deposit_use LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $act$
#variable_conflict use_column
DECLARE
    moment timestamptz := clock_timestamp();
    deposit public.wage_deposit;
    used public.deposit_use;
    project_name text;
    handler public.account;
    jobs bigint[];
    head public.audit_head;
    entry public.audit_entry;
    after text;
BEGIN
    SELECT * INTO deposit FROM public.wage_deposit
    WHERE id = record_deposit_use.wage_deposit_id AND office_id = {office} FOR UPDATE;
    IF coalesce(deposit.state, '') NOT IN ('secured', 'to_replenish')
        OR record_deposit_use.used_on > timezone('Asia/Shanghai', moment)::date
        OR record_deposit_use.used_on < deposit.provided_on
        OR record_deposit_use.amount > deposit.secured_amount - deposit.used_amount
    THEN
        RAISE EXCEPTION 'deposit % cannot be used so', record_deposit_use.wage_deposit_id;
    END IF;

    INSERT INTO public.deposit_use (
        region_code, applicant_id, office_id, authority_id, ruleset_version_id, wage_deposit_id, notice_number, amount,
        used_on, reason, replenish_by, replenish_provisional, recorded_at, recorded_by_id
    ) VALUES (
        deposit.region_code, deposit.applicant_id, deposit.office_id, deposit.authority_id, deposit.ruleset_version_id,
        deposit.id, record_deposit_use.notice_number, record_deposit_use.amount, record_deposit_use.used_on,
        record_deposit_use.reason, {replenish_by}, {provisional}, moment, {account}
    ) RETURNING * INTO used;

    UPDATE public.wage_deposit
    SET state = 'to_replenish', used_amount = used_amount + used.amount,
        replenish_by = least(replenish_by, used.replenish_by)
    WHERE id = deposit.id;

    INSERT INTO public.kept_decision (
        region_code, applicant_id, office_id, authority_id, subject_type, subject_id, act, path, body, kept_at
    ) VALUES (
        used.region_code, used.applicant_id, used.office_id, used.authority_id, 'DepositUse', used.id, 'record',
        'deadlines.replenishment', {decision}, moment
    );

    SELECT name INTO project_name FROM public.project WHERE id = deposit.project_id;
    SELECT account.* INTO handler FROM public.quota_application JOIN public.account ON account.id = created_by_id
    WHERE quota_application.id = deposit.quota_application_id;
    WITH written AS (
        INSERT INTO public.message (
            account_id, channel, address, notice, subject, body, parameters, secret, message_id, state, written_at, tries,
            about_type, about_id
        )
        SELECT handler.id, channel, address, 'deposit_used', '保证金已动用：' || project_name,
               project_name || '的保证金于 ' || used.used_on || ' 按支付通知书 ' || used.notice_number || ' 动用 '
               || used.amount || ' 元，请于动用后' || {period} || '内补足。',
               jsonb_build_object(
                   'project.name', project_name, 'deposit_use.used_on', used.used_on,
                   'deposit_use.notice_number', used.notice_number, 'deposit_use.amount', used.amount || ' 元',
                   'deadlines.replenishment', {period}
               ), false, '<' || gen_random_uuid() || '@anxin.invalid>', 'waiting', moment, 0, 'DepositUse', used.id
        FROM (VALUES ('email', handler.email), ('sms', handler.mobile)) AS reached (channel, address)
        RETURNING id
    ), queued AS (
        SELECT public.procrastinate_defer_jobs_v1(array_agg(
            ROW ('default', 'send_message', 0, NULL, NULL, jsonb_build_object('message_id', id), NULL)
            ::public.procrastinate_job_to_defer_v1
        )) AS ids FROM written
    )
    SELECT ids INTO jobs FROM queued;

    SELECT * INTO head FROM public.audit_head WHERE chain = used.region_code FOR UPDATE;
    entry.id := nextval(pg_get_serial_sequence('public.audit_entry', 'id'));
    entry.request_id := replace(gen_random_uuid()::text, '-', '');
    after := concat(
        '{{"amount": "', used.amount, '", "deposit_state": "to_replenish", "notice_number": ', to_json(used.notice_number), ', "reason": ',
        to_json(used.reason), ', "replenish_by": ', coalesce(to_json(used.replenish_by)::text, 'null'),
        ', "used_on": "', used.used_on, '"}}'
    );
    entry.digest := sha256(convert_to(concat(
        '{{"account_id": ', {account}, ', "act": "wage_deposit.use", "actor_name": ', to_json({name}::text),
        ', "after": ', after, ', "applicant_id": ', used.applicant_id, ', "at": "',
        replace(to_char(timezone('UTC', moment), 'YYYY-MM-DD"T"HH24:MI:SS.US'), '.000000', ''), '+00:00',
        '", "authority_id": ', coalesce(used.authority_id::text, 'null'), ', "before": {{}}, "chain": ',
        to_json(head.chain), ', "id": ', entry.id, ', "number": ', head.number + 1, ', "office_id": ', used.office_id,
        ', "previous": "', encode(head.digest, 'hex'), '", "reason": null, "region_code": ', to_json(used.region_code),
        ', "request_id": "', entry.request_id, '", "role": "hrss_officer", "ruleset_digest": ', to_json({digest}::text),
        ', "subject_id": ', used.id, ', "subject_type": "DepositUse"}}'
    ), 'UTF8'));
    INSERT INTO public.audit_entry (
        id, chain, number, at, account_id, actor_name, role, act, subject_type, subject_id, region_code, applicant_id,
        office_id, authority_id, before, after, ruleset_digest, request_id, previous, digest
    ) VALUES (
        entry.id, head.chain, head.number + 1, moment, {account}, {name}, 'hrss_officer', 'wage_deposit.use',
        'DepositUse', used.id, used.region_code, used.applicant_id, used.office_id, used.authority_id, '{{}}',
        after::jsonb, {digest}, entry.request_id, head.digest, entry.digest
    );
    UPDATE public.audit_head SET number = head.number + 1, digest = entry.digest WHERE id = head.id;
    RETURN used;
END $act$;
