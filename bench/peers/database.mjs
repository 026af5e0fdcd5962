// The pool that both peers use: settings as our own connections have them; named statements, sent without waiting for
// the answer to the one before where nothing hangs on it (https://node-postgres.com/features/pipelining).
import pg from "pg";

const DATE = 1082;
const MOMENT = 1184;
const asText = (text) => text;
const asIso = (text) => text.replace(" ", "T") + ":00";
const parsers = { [DATE]: asText, [MOMENT]: asIso };
const types = { getTypeParser: (oid, format) => parsers[oid] ?? pg.types.getTypeParser(oid, format) };
const options = "-c plan_cache_mode=force_generic_plan -c jit=off -c random_page_cost=1.1 -c TimeZone=UTC";

// Where the database is, libpq's variables say: PGHOST and the like.
export const pool = new pg.Pool({ max: 16, options, types, pipeline: true });

export const rows = async (name, text, values, by = pool) => (await by.query({ name, text, values })).rows;

// A transaction on one connection: `work` gives its result, and what it has sent and not waited for.
export async function transaction(work) {
  const client = await pool.connect();
  try {
    const [, { result, sent }] = await Promise.all([client.query("BEGIN"), work(client)]);
    await Promise.all([...sent, client.query("COMMIT")]); // which is a ROLLBACK if one of them fails
    return result;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}
