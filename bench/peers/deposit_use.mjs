// Recording that a deposit was used, as an application in Node writes it: a transaction of the driver's statements. The
// deposit is locked, the rules are asked, the same rows are written as ours; what need not wait is sent at once.
import { createHash, randomUUID } from "node:crypto";
import { rows, transaction } from "./database.mjs";
import { decide, due, notice, RulesViolated } from "./rules.mjs";

const OFFICER = "hrss_officer";
const GENESIS = Buffer.alloc(32);

const DEPOSIT = `
  SELECT deposit.id, deposit.region_code, deposit.applicant_id, deposit.office_id, deposit.authority_id,
         deposit.ruleset_version_id, deposit.quota_application_id, deposit.state, deposit.secured_amount,
         deposit.used_amount, deposit.provided_on::text AS provided_on,
         project.name AS project
  FROM wage_deposit AS deposit JOIN project ON project.id = deposit.project_id
  WHERE deposit.id = $1 AND deposit.office_id = $2 FOR UPDATE OF deposit`;
const BESIDES = `
  SELECT account.id AS applicant, account.mobile AS sms, account.email,
         coalesce($3::numeric, 0) - $6::numeric >= $5::numeric AS fits,
         EXISTS (SELECT FROM deposit_use WHERE wage_deposit_id = $1 AND notice_number = $4) AS twice,
         nextval(pg_get_serial_sequence('deposit_use', 'id')) AS id
  FROM account
  WHERE account.id = (SELECT created_by_id FROM quota_application WHERE id = $2)`;
const USE = `
  INSERT INTO deposit_use (id, region_code, applicant_id, office_id, authority_id, ruleset_version_id, wage_deposit_id,
    notice_number, amount, used_on, reason, replenish_by, replenish_provisional, recorded_at, recorded_by_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`;
const TAKEN = `
  UPDATE wage_deposit SET state = 'to_replenish', used_amount = used_amount + $2, replenish_by = least(replenish_by, $3)
  WHERE id = $1`;
const DECISION = `
  INSERT INTO kept_decision (region_code, applicant_id, office_id, authority_id, subject_type, subject_id, act, path, body,
    kept_at)
  VALUES ($1, $2, $3, $4, 'DepositUse', $5, 'record', 'deadlines.replenishment', $6, $7)`;
const MESSAGES = `
  WITH written AS (
    INSERT INTO message (account_id, channel, address, notice, subject, body, parameters, secret, message_id, state,
      written_at, tries, about_type, about_id)
    SELECT $1, channel, address, 'deposit_used', $4, $5, $7, false, '<' || gen_random_uuid() || '@anxin.invalid>',
           'waiting', $6, 0, 'DepositUse', $8
    FROM unnest($2::text[], $3::text[]) AS way (channel, address)
    RETURNING id
  )
  SELECT procrastinate_defer_jobs_v1(array_agg(
    ROW ('default', 'send_message', 0, NULL, NULL, jsonb_build_object('message_id', id), NULL)
    ::procrastinate_job_to_defer_v1
  )) FROM written`;
const HEAD = `
  SELECT number + 1 AS number, digest, nextval(pg_get_serial_sequence('audit_entry', 'id')) AS entry
  FROM audit_head WHERE chain = $1 FOR UPDATE`;
const BEGIN_CHAIN = "INSERT INTO audit_head (chain, number, digest) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING";
const ENTRY = `
  INSERT INTO audit_entry (id, chain, number, at, account_id, actor_name, role, act, subject_type, subject_id,
    region_code, applicant_id, office_id, authority_id, before, after, reason, ruleset_digest, request_id, previous,
    digest)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`;
const MOVED = "UPDATE audit_head SET number = $2, digest = $3 WHERE chain = $1";

export class Refused extends Error {}

export async function recordDepositUse(officer, use) {
  if (officer?.role !== OFFICER || !officer.organization) throw new Refused("NOT_ALLOWED");
  const at = new Date();
  return transaction(async (client) => {
    const ask = (name, text, values) => rows(name, text, values, client);
    const [deposit] = await ask("deposit", DEPOSIT, [use.wageDepositId, officer.organization]);
    if (!deposit) throw new Refused("NOT_FOUND");
    if (use.usedOn > today(at)) throw new Refused("INVALID_INPUT");
    if (deposit.provided_on && use.usedOn < deposit.provided_on) throw new Refused("INVALID_INPUT");
    const { quota_application_id: application, ruleset_version_id: version, secured_amount: secured } = deposit;
    const [known] = await ask("besides", BESIDES, [
      deposit.id, application, secured, use.noticeNumber, use.amount, deposit.used_amount,
    ]);
    const { ruleset, days, decision } = await decide(version, {
      deposit: { secured: ["secured", "to_replenish"].includes(deposit.state) },
      deposit_use: {
        notice_number: use.noticeNumber,
        amount: use.amount,
        used_on: use.usedOn,
        reason: use.reason,
        not_more_than_left: known.fits,
      },
    });
    if (known.twice) throw new RulesViolated(["DUPLICATE"]);
    const replenish = days ? due(use.usedOn, days) : { on: null, provisional: false };
    const told = notice(version, {
      "project.name": deposit.project,
      "deposit_use.used_on": use.usedOn,
      "deposit_use.notice_number": use.noticeNumber,
      "deposit_use.amount": `${use.amount} 元`,
    });
    const channels = told.channels.filter((channel) => known[channel]);
    const concerned = [deposit.region_code, deposit.applicant_id, deposit.office_id, deposit.authority_id];
    const chain = deposit.region_code;
    const sent = [
      ask("use", USE, [
        known.id, ...concerned, version, deposit.id, use.noticeNumber, use.amount, use.usedOn, use.reason,
        replenish.on, replenish.provisional, at, officer.id,
      ]),
      ask("taken", TAKEN, [deposit.id, use.amount, replenish.on]),
      ask("decision", DECISION, [...concerned, known.id, JSON.stringify(decision), at]),
    ];
    if (channels.length) {
      const addresses = channels.map((channel) => known[channel]);
      const { subject, body, parameters } = told;
      sent.push(
        ask("messages", MESSAGES, [
          known.applicant, channels, addresses, subject, body, at, JSON.stringify(parameters), known.id,
        ]),
      );
    }
    let [[head]] = await Promise.all([ask("head", HEAD, [chain]), ...sent]);
    if (!head) {
      [, [head]] = await Promise.all([ask("begin", BEGIN_CHAIN, [chain, GENESIS]), ask("head", HEAD, [chain])]);
    }
    const entry = {
      id: head.entry,
      chain,
      number: head.number,
      at,
      account_id: officer.id,
      actor_name: officer.name,
      role: officer.role,
      act: "wage_deposit.use",
      subject_type: "DepositUse",
      subject_id: known.id,
      region_code: chain,
      applicant_id: deposit.applicant_id,
      office_id: deposit.office_id,
      authority_id: deposit.authority_id,
      before: {},
      after: {
        amount: use.amount,
        deposit_state: "to_replenish",
        notice_number: use.noticeNumber,
        reason: use.reason,
        replenish_by: replenish.on,
        used_on: use.usedOn,
      },
      reason: null,
      ruleset_digest: ruleset,
      request_id: randomUUID().replaceAll("-", ""),
      previous: head.digest,
    };
    const digest = createHash("sha256").update(digested(entry)).digest();
    return {
      sent: [
        ask("entry", ENTRY, [...Object.values(entry), digest]),
        ask("moved", MOVED, [chain, head.number, digest]),
      ],
      result: { ...use, id: known.id, replenishBy: replenish.on },
    };
  });
}

const CHINA = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai", dateStyle: "short" });
const today = (at) => CHINA.format(at);

// What the trail's digest is taken of (core.audit): every column by name, as Python writes JSON.
const IDS = new Set(["id", "number", "account_id", "subject_id", "applicant_id", "office_id", "authority_id"]);

function digested(entry) {
  const parts = Object.keys(entry).sort().map((name) => `"${name}": ${said(name, entry[name])}`);
  return `{${parts.join(", ")}}`;
}

function said(name, value) {
  if (value === null) return "null";
  if (IDS.has(name)) return value;
  if (value instanceof Date) return `"${value.toISOString().replace(".000Z", "+00:00").replace("Z", "000+00:00")}"`;
  if (Buffer.isBuffer(value)) return `"${value.toString("hex")}"`;
  if (typeof value === "object") return digested(value);
  return JSON.stringify(value);
}
