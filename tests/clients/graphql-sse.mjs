import { createClient } from "graphql-sse";
import { tell, url } from "./story.mjs";

let token;
const client = createClient({
  url,
  headers: () => (token ? { Authorization: `Bearer ${token}` } : {}),
  retryAttempts: 0, // else an answer that is no stream is waited for half a minute
});

await tell({
  ask: async (query, variables, itsToken) => {
    token = itsToken;
    for await (const { data, errors } of client.iterate({ query, variables })) {
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    }
  },
});
client.dispose();
