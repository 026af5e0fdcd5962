// Mercurius with graphql-jit on the same tables: named statements with generic plans, a loader for each relation. Asks
// who the caller is, and shows what they may see: every statement says whose rows it wants. `--bare` does neither, and
// calls one function for the act.
import Fastify from "fastify";
import { GraphQLScalarType } from "graphql";
import mercurius from "mercurius";
import { rows } from "./database.mjs";
import { recordDepositUse } from "./deposit_use.mjs";
import { caller, columnOf } from "./session.mjs";

const BARE = process.argv.includes("--bare");

const schema = `
scalar BigInt scalar Yuan scalar Date scalar DateTime
type Enterprise { id: BigInt! name: String! uscc: String }
type LetterSubmission { id: BigInt! amount: Yuan! state: String! issuer: String! }
type WageDeposit { id: BigInt! amountDue: Yuan! state: String! project: Project! letterSubmissions: [LetterSubmission!]! }
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
  projects(${BARE ? "office: BigInt!, " : ""}first: Int!, after: String): ProjectConnection!
  project(id: BigInt!): Project
  enterprise(id: BigInt!): Enterprise
}
input RecordDepositUseInput { wageDepositId: BigInt! noticeNumber: String! amount: Yuan! usedOn: Date! reason: String! }
type Mutation { recordDepositUse(input: RecordDepositUseInput!): DepositUse! }`;

const ENTERPRISE = { id: "id", name: "name", uscc: "uscc" };
const PROJECT = {
  id: "id",
  number: "number",
  name: "name",
  state: "state",
  contractAmount: "contract_amount",
  plannedStart: "planned_start",
  createdAt: "created_at",
  applicant: "applicant_id",
};
const DEPOSIT = { id: "id", amountDue: "amount_due", state: "state", projectId: "project_id" };
const LETTER = { id: "id", amount: "amount", state: "state", issuer: "issuer", depositId: "subject_id" };
const MOST = "9223372036854775807";

const columns = (table, of, prefix = "") =>
  Object.entries(of).map(([name, column]) => `${table}.${column} AS "${prefix}${name}"`).join(", ");

// A statement about tables whose rows concern somebody, with the predicate that they concern the caller: one text for
// each column that may say so. A caller whom nothing concerns is answered without a statement.
function concerning(name, text) {
  const texts = new Map();
  return async (values, holder) => {
    const column = BARE ? "bare" : columnOf(holder);
    if (!column) return [];
    if (!texts.has(column)) {
      const mine = `$${values.length + 1}`;
      texts.set(column, text((table) => (BARE ? "true" : `${table}.${column} = ${mine}`)));
    }
    return rows(`${name} ${column}`, texts.get(column), BARE ? values : [...values, holder.organization]);
  };
}

const page = concerning(
  "page",
  (seen) => `SELECT ${columns("project", PROJECT)} FROM project
    WHERE ${seen("project")} AND id < $1 ORDER BY id DESC LIMIT $2`,
);
const PAGE_OF = `SELECT ${columns("project", PROJECT)} FROM project
  WHERE office_id = $3 AND id < $1 ORDER BY id DESC LIMIT $2`;

async function projects(_, { office, first, after }, { holder }) {
  const before = after ? Buffer.from(after, "base64").toString() : MOST;
  const found = BARE
    ? await rows("page of", PAGE_OF, [before, first + 1, office])
    : await page([before, first + 1], holder);
  const hasNextPage = found.length > first;
  if (hasNextPage) found.pop();
  const edges = found.map((node) => ({ cursor: Buffer.from(node.id).toString("base64"), node }));
  return { edges, pageInfo: { hasNextPage, endCursor: edges.at(-1)?.cursor ?? null } };
}

const byId = concerning(
  "project",
  (seen) => `SELECT ${columns("project", PROJECT)} FROM project WHERE id = $1 AND ${seen("project")}`,
);
const project = async (_, { id }, { holder }) => (await byId([id], holder))[0];

// Enterprises are shown to anybody who is signed in.
const ENTERPRISE_BY_ID = `
  SELECT ${columns("organization", ENTERPRISE)} FROM organization WHERE id = $1 AND kind = 'enterprise'`;
const enterprise = async (_, { id }, { holder }) =>
  BARE || holder ? (await rows("enterprise", ENTERPRISE_BY_ID, [id]))[0] : null;

// The deposit that was used, with what is asked of it most often in the same row.
const used = concerning(
  "used",
  (seen) => `SELECT ${columns("deposit", DEPOSIT)}, ${columns("project", PROJECT, "project.")},
      ${columns("contractor", ENTERPRISE, "contractor.")}
    FROM wage_deposit AS deposit JOIN project ON project.id = deposit.project_id
    JOIN organization AS contractor ON contractor.id = project.applicant_id
    WHERE deposit.id = $1 AND ${seen("deposit")} AND ${seen("project")}`,
);

async function use(_, { input }, { holder }) {
  const recorded = await recordDepositUse(holder, input);
  const [row] = await used([input.wageDepositId], holder);
  const wageDeposit = part(row, DEPOSIT);
  wageDeposit.project = { ...part(row, PROJECT, "project."), contractor: part(row, ENTERPRISE, "contractor.") };
  return { ...recorded, wageDeposit };
}

const part = (row, of, prefix = "") => Object.fromEntries(Object.keys(of).map((name) => [name, row[prefix + name]]));

const bareUse = async (_, { input }) =>
  (
    await rows(
      "use",
      `SELECT id, notice_number AS "noticeNumber", amount, used_on AS "usedOn", reason, replenish_by AS "replenishBy",
         wage_deposit_id AS "depositId" FROM bench.record_deposit_use($1, $2, $3, $4, $5)`,
      [input.wageDepositId, input.noticeNumber, input.amount, input.usedOn, input.reason],
    )
  )[0];

const uncached = (loader) => ({ loader, opts: { cache: false } });

// To one row each; a parent may have been read together with it.
function one(field, key, read) {
  return uncached(async (queries, { holder }) => {
    const wanted = new Set(queries.filter(({ obj }) => !obj[field]).map(({ obj }) => obj[key]));
    const found = wanted.size ? await read([[...wanted]], holder) : [];
    const byId = new Map(found.map((row) => [row.id, row]));
    return queries.map(({ obj }) => obj[field] ?? byId.get(obj[key]));
  });
}

function many(key, read) {
  return uncached(async (queries, { holder }) => {
    const lists = new Map(queries.map(({ obj }) => [obj.id, []]));
    for (const row of await read([[...lists.keys()]], holder)) lists.get(row[key]).push(row);
    return queries.map(({ obj }) => lists.get(obj.id));
  });
}

const related = (table, of, column, order = "") =>
  concerning(
    `${table} by ${column}`,
    (seen) => `SELECT ${columns(table, of)} FROM ${table}
      WHERE ${column} = ANY ($1::bigint[]) AND ${seen(table)} ${order}`,
  );
const CONTRACTORS = `SELECT ${columns("organization", ENTERPRISE)} FROM organization WHERE id = ANY ($1::bigint[])`;
const loaders = {
  Project: {
    contractor: one("contractor", "applicant", (values) => rows("contractors", CONTRACTORS, values)),
    wageDeposits: many("projectId", related("wage_deposit", DEPOSIT, "project_id", "ORDER BY id")),
  },
  WageDeposit: {
    project: one("project", "projectId", related("project", PROJECT, "id")),
    letterSubmissions: many("depositId", related("letter_submission", LETTER, "subject_id", "ORDER BY id")),
  },
  DepositUse: {
    wageDeposit: one("wageDeposit", "depositId", related("wage_deposit", DEPOSIT, "id")),
  },
};

function scalar(name, shape) {
  const read = (value) => {
    if (typeof value !== "string" || !shape.test(value)) throw new TypeError(`not a ${name}: ${value}`);
    return value;
  };
  return new GraphQLScalarType({ name, serialize: (x) => x, parseValue: read, parseLiteral: ({ value }) => read(value) });
}

const scalars = {
  BigInt: scalar("BigInt", /^\d{1,19}$/),
  Yuan: scalar("Yuan", /^\d{1,16}(\.\d{1,2})?$/),
  Date: scalar("Date", /^\d{4}-\d\d-\d\d$/),
  DateTime: scalar("DateTime", /^\d{4}-\d\d-\d\dT/),
};
const resolvers = {
  ...scalars,
  Query: { projects, project, enterprise },
  Mutation: { recordDepositUse: BARE ? bareUse : use },
};
const context = async ({ headers }) => ({ holder: BARE ? null : await caller(headers.authorization) });
const app = Fastify();
app.register(mercurius, { schema, resolvers, loaders, context, jit: 1 });
console.log(`serves ${await app.listen({ port: 0, host: "127.0.0.1" })}/graphql`);
