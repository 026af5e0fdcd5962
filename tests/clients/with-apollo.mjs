// The story by Apollo Client; `before` are links that stand before the one that sends.

import { ApolloClient, ApolloLink, InMemoryCache, gql } from "@apollo/client";
import UploadHttpLink from "apollo-upload-client/UploadHttpLink.mjs";
import { tell, url } from "./story.mjs";

export async function tellWithApollo(...before) {
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.from([
      ...before,
      new UploadHttpLink({ uri: url, headers: { "Apollo-Require-Preflight": "true" } }),
    ]),
    defaultOptions: { query: { fetchPolicy: "network-only" } },
  });

  const operate = async (document, variables, token) => {
    const parsed = gql(document);
    const context = { headers: token ? { authorization: `Bearer ${token}` } : {} };
    const { data } =
      parsed.definitions[0].operation === "query"
        ? await client.query({ query: parsed, variables, context })
        : await client.mutate({ mutation: parsed, variables, context });
    return data;
  };

  await tell({ ask: operate, upload: operate });
  client.stop();
}
