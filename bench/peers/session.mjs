// Who asks: the holder of the token, looked up for every request as our own server looks it up when it has forgotten.
import { createHash } from "node:crypto";
import { rows } from "./database.mjs";

const IDLE = process.env.BENCH_SESSION_IDLE;
const HOLDER = `
  SELECT session.id AS "sessionId", account.id, account.name, membership.organization_id AS organization,
         membership.role, session.seen_at < now() - interval '1 minute' AS unseen
  FROM session JOIN account ON account.id = session.account_id
  LEFT JOIN membership ON membership.id = session.membership_id
    AND daterange(membership.since, membership.until, '[]') @> timezone('Asia/Shanghai', now())::date
  WHERE session.digest = $1 AND session.revoked_at IS NULL AND session.ends_at > now()
    AND session.seen_at + $2::interval > now()`;
const SEEN = "UPDATE session SET seen_at = now() WHERE id = $1";

export class Unauthenticated extends Error {
  statusCode = 401;
}

// Nobody without a token; refused with one that is not good (any more).
export async function caller(authorization) {
  if (!authorization) return null;
  const token = /^bearer +(\S+)$/i.exec(authorization)?.[1];
  if (!token) throw new Unauthenticated("no bearer token");
  const digest = createHash("sha256").update(token).digest();
  const [holder] = await rows("holder", HOLDER, [digest, IDLE]);
  if (!holder) throw new Unauthenticated("the session has ended");
  if (holder.unseen) await rows("seen", SEEN, [holder.sessionId]);
  return holder;
}

// The column that must name the caller's organisation; none: nothing that concerns anybody is for them.
const COLUMNS = {
  handler: "applicant_id",
  hrss_officer: "office_id",
  certification_reviewer: "office_id",
  institution_staff: "office_id",
  industry_officer: "authority_id",
};

export const columnOf = (holder) => (holder?.organization && COLUMNS[holder.role]) || null;
