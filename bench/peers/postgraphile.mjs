// PostGraphile 5 on the same tables: Amber preset, node:http, its own prepared statements, the act as a function.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const server = createServer();
await postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({
      schemas: ["public", "bench"],
      poolConfig: { max: 16, options: "-c jit=off -c random_page_cost=1.1" }, // where: PGHOST and the like
    }),
  ],
  schema: { defaultBehavior: "+list +connection", dontSwallowErrors: true },
  grafserv: { graphqlPath: "/graphql", graphiql: false, websockets: false, watch: false },
})
  .createServ(grafserv)
  .addTo(server);
server.listen(0, "127.0.0.1", () => console.log(`serves http://127.0.0.1:${server.address().port}/graphql`));
