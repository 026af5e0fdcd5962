import { tellWithApollo } from "./with-apollo.mjs";

await tellWithApollo();
