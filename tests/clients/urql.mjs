import { Client, fetchExchange } from "@urql/core";
import { tell, url } from "./story.mjs";

const client = new Client({ url, exchanges: [fetchExchange] });

const operate = (document, variables, headers) => {
  const context = { fetchOptions: { headers } };
  const kind = document.trimStart().startsWith("query") ? "query" : "mutation";
  return client[kind](document, variables, context).toPromise().then(({ data, error }) => {
    if (error) throw error;
    return data;
  });
};
const authorization = (token) => (token ? { Authorization: `Bearer ${token}` } : {});

await tell({
  ask: (document, variables, token) => operate(document, variables, authorization(token)),
  upload: (document, variables, token) =>
    operate(document, variables, { ...authorization(token), "GraphQL-Preflight": "1" }),
});
