import "graphiql/setup-workers/vite";
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { AsWritten } from "./editors";
import { examplesPlugin } from "./examples";
import { FirstAnswer } from "./first-answer";
import { startPlugin } from "./start";
import { storage } from "./storage";
import { WatchToken } from "./token";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./style.css";

const WELCOME = { query: "# 写下查询，按 Ctrl+Enter 运行。\nquery Welcome {\n  __typename\n}\n" };

const url = new URL("/graphql", location.href).href;
const subscriptionUrl = url.replace(/^http/, "ws");

/** What the site offers: the examples of its rulesets, its documents for strangers, and whether they may send others.
 * Nothing when that cannot be had, so that the page opens all the same. */
async function fetchOffer() {
  try {
    const response = await fetch("/graphql/examples.json");
    return response.ok ? await response.json() : { tabs: [] };
  } catch {
    return { tabs: [] };
  }
}

const { tabs: examples, documents = [], steps = [], strangers = "open" } = await fetchOffer();
// One tab a city: with all of them open nobody would find theirs; the panel lists the rest.
const firstOfEach = examples.filter((one, at) => examples.findIndex((other) => other.group === one.group) === at);
const tabs = firstOfEach.length > 0 ? firstOfEach : [WELCOME];
const panel = examplesPlugin([...examples, ...documents]);
const start = startPlugin(steps);
// On a narrow screen the panel would stand before the answer.
const isWide = matchMedia("(min-width: 700px)").matches;

// GraphiQL shows the first default tab without its variables and headers unless they are also given as the initial
// ones; given to a visitor whose tabs are restored from storage, they would open one more tab on every visit.
const firstVisit = localStorage.getItem("graphiql:tabState") === null;
const opening = firstVisit && {
  initialQuery: tabs[0].query,
  initialVariables: tabs[0].variables ?? "",
  initialHeaders: tabs[0].headers ?? "",
  visiblePlugin: isWide ? (strangers === "open" && steps.length > 0 ? start : panel).title : undefined,
};

/** Where strangers are told nothing of the schema, it is asked for once there is a token, and again with another one:
 * what is refused would take the place of the answer. */
function App() {
  const [token, setToken] = useState(null);
  const closed = strangers === "listed" && token === null;
  const fetcher = useMemo(() => createGraphiQLFetcher({ url, subscriptionUrl }), [token]);
  return (
    <GraphiQL
      fetcher={fetcher}
      schema={closed ? null : undefined}
      plugins={plugins}
      defaultTabs={tabs}
      defaultEditorToolsVisibility="variables"
      shouldPersistHeaders={false}
      storage={storage}
      {...opening}
    >
      <GraphiQL.Logo>Anxin 安薪</GraphiQL.Logo>
      {closed && (
        <GraphiQL.Footer>
          <p className="anxin-closed" role="status">
            登录后可浏览文档：在 Headers 中填写 <code>{'{"Authorization": "Bearer …"}'}</code>
          </p>
        </GraphiQL.Footer>
      )}
      <AsWritten />
      {firstVisit && <FirstAnswer />}
      {strangers === "listed" && <WatchToken onToken={setToken} />}
    </GraphiQL>
  );
}

const plugins = [...(steps.length > 0 ? [start] : []), panel, HISTORY_PLUGIN, explorerPlugin()];
createRoot(document.getElementById("root")).render(<App />);
