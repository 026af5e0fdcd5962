import { UnStyledButton, useGraphiQLActions } from "@graphiql/react";
import { useEditors } from "./editors";

/** A panel with all examples by group: a visitor whose own tabs were restored has no other way to them. */
export function examplesPlugin(examples) {
  return { title: "示例 Examples", icon: Icon, content: () => <Examples examples={examples} /> };
}

function Examples({ examples }) {
  const open = useOpenInNewTab();
  return (
    <section className="anxin-examples" aria-label="示例 Examples">
      <h1>示例 Examples</h1>
      {examples.length === 0 && <p>暂无示例。</p>}
      {byGroup(examples).map(([group, members]) => (
        <section key={group} aria-label={group}>
          <h2>{group}</h2>
          <ul>
            {members.map((example, position) => (
              <li key={position}>
                <UnStyledButton disabled={!open} onClick={() => open(example)}>{example.title}</UnStyledButton>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </section>
  );
}

/** Pairs of a group and its examples, both in the order in which they were given. */
function byGroup(examples) {
  const groups = new Map();
  for (const example of examples) {
    groups.set(example.group, [...(groups.get(example.group) ?? []), example]);
  }
  return [...groups];
}

/** A function that opens an example; null until the editors have loaded, because a tab opened sooner stays empty. */
export function useOpenInNewTab() {
  const { addTab } = useGraphiQLActions();
  const { queryEditor, variableEditor, headerEditor } = useEditors();
  if (!queryEditor || !variableEditor || !headerEditor) return null;
  return ({ query, variables, headers }) => {
    addTab();
    // A tab takes its content, and its title, from the editors: GraphiQL has no call that opens a filled one.
    queryEditor.setValue(query);
    variableEditor.setValue(variables ?? "");
    headerEditor.setValue(headers ?? "");
  };
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" height="1em" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M2.5 4h19v16h-19zM7 9.5h10M7 14.5h6" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
