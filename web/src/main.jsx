import "graphiql/setup-workers/vite";
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createRoot } from "react-dom/client";
import { AsWritten } from "./editors";
import { examplesPlugin } from "./examples";
import { storage } from "./storage";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./style.css";

const WELCOME = { query: "# 写下查询，按 Ctrl+Enter 运行。\nquery Welcome {\n  __typename\n}\n" };

const url = new URL("/graphql", location.href).href;
const fetcher = createGraphiQLFetcher({ url, subscriptionUrl: url.replace(/^http/, "ws") });

/** The examples of the rulesets; an empty list when they cannot be had, so that the page opens all the same. */
async function fetchExamples() {
  try {
    const response = await fetch("/graphql/examples.json");
    return response.ok ? (await response.json()).tabs : [];
  } catch {
    return [];
  }
}

const examples = await fetchExamples();
// One tab a city: with all of them open nobody would find theirs; the panel lists the rest.
const firstOfEach = examples.filter((one, at) => examples.findIndex((other) => other.group === one.group) === at);
const tabs = firstOfEach.length > 0 ? firstOfEach : [WELCOME];
const panel = examplesPlugin(examples);

// GraphiQL shows the first default tab without its variables and headers unless they are also given as the initial
// ones; given to a visitor whose tabs are restored from storage, they would open one more tab on every visit.
const firstVisit = localStorage.getItem("graphiql:tabState") === null;
const opening = firstVisit && {
  initialQuery: tabs[0].query,
  initialVariables: tabs[0].variables ?? "",
  initialHeaders: tabs[0].headers ?? "",
  visiblePlugin: panel.title,
};

createRoot(document.getElementById("root")).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={[panel, HISTORY_PLUGIN, explorerPlugin()]}
    defaultTabs={tabs}
    defaultEditorToolsVisibility="variables"
    shouldPersistHeaders={false}
    storage={storage}
    {...opening}
  >
    <GraphiQL.Logo>Anxin 安薪</GraphiQL.Logo>
    <AsWritten />
  </GraphiQL>,
);
