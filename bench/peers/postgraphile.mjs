// PostGraphile 5 on the same tables: Amber preset, node:http, its own prepared statements. Tells PostgreSQL for every
// request who asks (pgSettings), in whose role row-level security shows what they may see (bench/row_security.py); the
// act is a field of its own. `--bare` tells nothing, is shown everything, and has one function for the act.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { context, object, sideEffect } from "postgraphile/grafast";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { extendSchema } from "postgraphile/utils";
import { pool } from "./database.mjs";
import { recordDepositUse } from "./deposit_use.mjs";
import { caller } from "./session.mjs";

const BARE = process.argv.includes("--bare");

const act = extendSchema((build) => ({
  typeDefs: `
    input RecordDepositUseInput {
      wageDepositId: BigInt! noticeNumber: String! amount: BigFloat! usedOn: Date! reason: String!
    }
    type RecordDepositUsePayload { depositUse: DepositUse }
    extend type Mutation { recordDepositUse(input: RecordDepositUseInput!): RecordDepositUsePayload }`,
  objects: {
    Mutation: {
      plans: {
        recordDepositUse(_, { $input }) {
          const asked = object({ holder: context().get("holder"), input: $input });
          const $id = sideEffect(asked, async ({ holder, input }) => (await recordDepositUse(holder, input)).id);
          return object({ id: $id });
        },
      },
    },
    RecordDepositUsePayload: {
      plans: { depositUse: ($payload) => build.pgResources.deposit_use.get({ id: $payload.get("id") }) },
    },
  },
}));

// In which role PostgreSQL reads, and for whom its policies show rows.
function settings(holder) {
  if (!holder) return { role: "bench_stranger" };
  const { id, organization, role } = holder;
  return { role: `bench_${role ?? "nobody"}`, "anxin.account": id, "anxin.organization": organization };
}

async function told({ node }) {
  const holder = await caller(node.req.headers.authorization);
  return { holder, pgSettings: settings(holder) };
}

const server = createServer();
await postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: BARE ? [] : [act],
  pgServices: [makePgService({ pool, schemas: BARE ? ["public", "bench"] : ["public"] })],
  schema: { defaultBehavior: "+list +connection", dontSwallowErrors: true },
  grafast: BARE ? {} : { context: told },
  grafserv: { graphqlPath: "/graphql", graphiql: false, websockets: false, watch: false },
})
  .createServ(grafserv)
  .addTo(server);
server.listen(0, "127.0.0.1", () => console.log(`serves http://127.0.0.1:${server.address().port}/graphql`));
