import { GraphQLClient } from "graphql-request";
import { tell, url } from "./story.mjs";

const client = new GraphQLClient(url);

await tell({
  ask: (document, variables, token) =>
    client.request({ document, variables, requestHeaders: token ? { authorization: `Bearer ${token}` } : {} }),
});
