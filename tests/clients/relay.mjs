// The network function as Relay's guide "Network Layer" shows it; what the guide leaves to the reader for uploads
// follows the GraphQL multipart request specification.

import relay from "relay-runtime";
import { tell, url } from "./story.mjs";

let token;

function fetchQuery(operation, variables, cacheConfig, uploadables) {
  const authorization = token ? { authorization: `Bearer ${token}` } : {};
  if (uploadables) {
    return fetch(url, {
      method: "POST",
      headers: { ...authorization, "graphql-preflight": "1" },
      body: multipart(operation.text, variables, uploadables),
    }).then((response) => response.json());
  }
  return fetch(url, {
    method: "POST",
    headers: { ...authorization, "content-type": "application/json" },
    body: JSON.stringify({ query: operation.text, variables }),
  }).then((response) => response.json());
}

function multipart(query, variables, uploadables) {
  const form = new FormData();
  const places = Object.keys(uploadables);
  form.append("operations", JSON.stringify({ query, variables }));
  form.append("map", JSON.stringify(Object.fromEntries(places.map((place) => [place, [place]]))));
  for (const place of places) form.append(place, uploadables[place]);
  return form;
}

const network = relay.Network.create(fetchQuery);

const operate = async (text, variables, itsToken, uploadables) => {
  token = itsToken;
  const [, operationKind, name] = /^\s*(query|mutation) (\w+)/.exec(text);
  const request = { id: null, cacheID: name, metadata: {}, name, operationKind, text };
  const { data, errors } = await network.execute(request, variables, { force: true }, uploadables).toPromise();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
};

await tell({
  ask: operate,
  upload: (text, { input: { file, ...input } }, itsToken) =>
    operate(text, { input: { ...input, file: null } }, itsToken, { "variables.input.file": file }),
});
