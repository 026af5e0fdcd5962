// Automatic persisted queries: the hash of a document first, the document when the server says that it keeps none.

import { createHash } from "node:crypto";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { tellWithApollo } from "./with-apollo.mjs";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

await tellWithApollo(new PersistedQueryLink({ sha256 }));
