// The types of the screens' documents, as a frontend's build makes them: GraphQL Code Generator on the printed schema.
// Takes the schema's file, and the folder to write `<documents>.ts` for each `<documents>.graphql` of this folder into.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { codegen } from "@graphql-codegen/core";
import * as operations from "@graphql-codegen/typescript-operations";
import { buildSchema, parse } from "graphql";

const [schemaFile, folder] = JSON.parse(process.argv[2]);
const here = dirname(fileURLToPath(import.meta.url));
const schemaAst = buildSchema(readFileSync(schemaFile, "utf8"));
const schema = parse(readFileSync(schemaFile, "utf8"));

// What our scalars are in JSON: yuan, rates and days are text, so that no float touches an amount.
const scalars = Object.fromEntries(
  Object.values(schemaAst.getTypeMap())
    .filter((type) => type.astNode?.kind === "ScalarTypeDefinition")
    .map((type) => [type.name, "string"]),
);

for (const name of readdirSync(here).filter((file) => file.endsWith(".graphql"))) {
  const document = parse(readFileSync(join(here, name), "utf8"));
  const filename = join(folder, name.replace(".graphql", ".ts"));
  const config = { scalars, strictScalars: true };
  const written = await codegen({
    filename,
    schema,
    schemaAst,
    documents: [{ location: name, document }],
    config,
    plugins: [{ operations: {} }],
    pluginMap: { operations },
  });
  writeFileSync(filename, written);
  console.log(name);
}
