// Mercurius with graphql-jit on the same tables: named statements with generic plans, a loader for each relation.
import Fastify from "fastify";
import { GraphQLScalarType } from "graphql";
import mercurius from "mercurius";
import pg from "pg";

const DATE = 1082;
const MOMENT = 1184;
pg.types.setTypeParser(DATE, (text) => text);
pg.types.setTypeParser(MOMENT, (text) => text.replace(" ", "T") + ":00");
const options = "-c plan_cache_mode=force_generic_plan -c jit=off -c random_page_cost=1.1 -c TimeZone=UTC";
const pool = new pg.Pool({ max: 16, options }); // where: PGHOST and the like
const rows = async (name, text, values) => (await pool.query({ name, text, values })).rows;

const schema = `
scalar BigInt scalar Yuan scalar Date scalar DateTime
type Enterprise { id: BigInt! name: String! uscc: String }
type OfflineGuarantee { id: BigInt! amount: Yuan! state: String! issuer: String! }
type WageDeposit { id: BigInt! amountDue: Yuan! state: String! project: Project! offlineGuarantees: [OfflineGuarantee!]! }
type Project {
  id: BigInt! number: String! name: String state: String! contractAmount: Yuan plannedStart: Date createdAt: DateTime!
  contractor: Enterprise! wageDeposits: [WageDeposit!]!
}
type DepositUse {
  id: BigInt! noticeNumber: String! amount: Yuan! usedOn: Date! reason: String! replenishBy: Date wageDeposit: WageDeposit!
}
type PageInfo { hasNextPage: Boolean! endCursor: String }
type ProjectEdge { cursor: String! node: Project! }
type ProjectConnection { edges: [ProjectEdge!]! pageInfo: PageInfo! }
type Query {
  projects(office: BigInt!, first: Int!, after: String): ProjectConnection!
  project(id: BigInt!): Project
  enterprise(id: BigInt!): Enterprise
}
input RecordDepositUseInput { wageDepositId: BigInt! noticeNumber: String! amount: Yuan! usedOn: Date! reason: String! }
type Mutation { recordDepositUse(input: RecordDepositUseInput!): DepositUse! }`;

const PROJECT = `id, number, name, state, contract_amount AS "contractAmount", planned_start AS "plannedStart",
  created_at AS "createdAt", applicant_id`;
const DEPOSIT = `id, amount_due AS "amountDue", state, project_id`;
const MOST = "9223372036854775807";

async function projects(_, { office, first, after }) {
  const text = `SELECT ${PROJECT} FROM project WHERE office_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`;
  const before = after ? Buffer.from(after, "base64").toString() : MOST;
  const found = await rows("projects", text, [office, before, first + 1]);
  const hasNextPage = found.length > first;
  if (hasNextPage) found.pop();
  const edges = found.map((node) => ({ cursor: Buffer.from(node.id).toString("base64"), node }));
  return { edges, pageInfo: { hasNextPage, endCursor: edges.at(-1)?.cursor ?? null } };
}

const project = async (_, { id }) => (await rows("project", `SELECT ${PROJECT} FROM project WHERE id = $1`, [id]))[0];
const enterprise = async (_, { id }) =>
  (await rows("enterprise", "SELECT id, name, uscc FROM organization WHERE id = $1 AND kind = 'enterprise'", [id]))[0];
const recordDepositUse = async (_, { input }) =>
  (
    await rows(
      "use",
      `SELECT id, notice_number AS "noticeNumber", amount, used_on AS "usedOn", reason, replenish_by AS "replenishBy",
         wage_deposit_id FROM bench.record_deposit_use($1, $2, $3, $4, $5)`,
      [input.wageDepositId, input.noticeNumber, input.amount, input.usedOn, input.reason],
    )
  )[0];

const uncached = (loader) => ({ loader, opts: { cache: false } });

function one(name, text, key) {
  return uncached(async (queries) => {
    const found = await rows(name, text, [[...new Set(queries.map(({ obj }) => obj[key]))]]);
    const byId = new Map(found.map((row) => [row.id, row]));
    return queries.map(({ obj }) => byId.get(obj[key]));
  });
}

function many(name, text, key) {
  return uncached(async (queries) => {
    const lists = new Map(queries.map(({ obj }) => [obj.id, []]));
    for (const row of await rows(name, text, [[...lists.keys()]])) lists.get(row[key]).push(row);
    return queries.map(({ obj }) => lists.get(obj.id));
  });
}

const loaders = {
  Project: {
    contractor: one("contractors", "SELECT id, name, uscc FROM organization WHERE id = ANY ($1::bigint[])", "applicant_id"),
    wageDeposits: many(
      "deposits",
      `SELECT ${DEPOSIT} FROM wage_deposit WHERE project_id = ANY ($1::bigint[]) ORDER BY id`,
      "project_id",
    ),
  },
  WageDeposit: {
    project: one("projects_of", `SELECT ${PROJECT} FROM project WHERE id = ANY ($1::bigint[])`, "project_id"),
    offlineGuarantees: many(
      "letters",
      `SELECT id, amount, state, issuer, wage_deposit_id FROM offline_guarantee
       WHERE wage_deposit_id = ANY ($1::bigint[]) ORDER BY id`,
      "wage_deposit_id",
    ),
  },
  DepositUse: {
    wageDeposit: one("deposits_of", `SELECT ${DEPOSIT} FROM wage_deposit WHERE id = ANY ($1::bigint[])`, "wage_deposit_id"),
  },
};

const asItIs = (name) =>
  new GraphQLScalarType({ name, serialize: (x) => x, parseValue: (x) => x, parseLiteral: (x) => x.value });
const scalars = Object.fromEntries(["BigInt", "Yuan", "Date", "DateTime"].map((name) => [name, asItIs(name)]));
const resolvers = { ...scalars, Query: { projects, project, enterprise }, Mutation: { recordDepositUse } };
const app = Fastify();
app.register(mercurius, { schema, resolvers, loaders, jit: 1 });
console.log(`serves ${await app.listen({ port: 0, host: "127.0.0.1" })}/graphql`);
