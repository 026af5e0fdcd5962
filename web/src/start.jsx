import { UnStyledButton, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect, useState } from "react";
import { useEditors } from "./editors";
import { useOpenInNewTab } from "./examples";

/** A panel that leads a newcomer from the log-in to a refused act; each step opens in a tab of its own and runs. */
export function startPlugin(steps) {
  return { title: "入门 Start", icon: Icon, content: () => <Start steps={steps} /> };
}

function Start({ steps }) {
  const people = usePeople();
  const [chosen, setChosen] = useState(null);
  const open = useOpenInNewTab();
  const runOnceThere = useRunOnceThere();
  const person = chosen ?? people.find((one) => one.role === "handler") ?? people[0];
  const headers = person && JSON.stringify({ Authorization: `Bearer ${person.token}` }, null, 2);
  const take = (step) => {
    open({ ...step, headers });
    runOnceThere(step.operation);
  };
  return (
    <section className="anxin-examples" aria-label="入门 Start">
      <h1>入门 Start</h1>
      <LogIn people={people} person={person} onChoose={setChosen} />
      <ol>
        {steps.map((step) => (
          <li key={step.title}>
            {step.upload ? (
              <Upload step={step} person={person} />
            ) : (
              <UnStyledButton disabled={!open} onClick={() => take(step)}>{step.title}</UnStyledButton>
            )}
            <p>{step.remark}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Runs the operation of that name when GraphiQL has seen that it stands in the editor, which it does a moment later. */
function useRunOnceThere() {
  const { run } = useGraphiQLActions();
  const standing = useGraphiQL(({ operationName }) => operationName);
  const [expected, setExpected] = useState(null);
  useEffect(() => {
    if (expected === null || standing !== expected) return;
    setExpected(null);
    run();
  }, [expected, standing, run]);
  return setExpected;
}

/** Who may be chosen: the demo's people, and nobody where this is no demo on the visitor's own machine. */
function usePeople() {
  const [people, setPeople] = useState([]);
  useEffect(() => {
    fetch("/graphql/log-ins.json")
      .then((response) => (response.ok ? response.json() : []))
      .then(setPeople, () => undefined);
  }, []);
  return people;
}

function LogIn({ people, person, onChoose }) {
  if (people.length === 0) {
    return (
      <p>
        先登录：用 <code>requestCode</code>、<code>logIn</code> 取得令牌，在 Headers 中填写{" "}
        <code>{'{"Authorization": "Bearer …"}'}</code>。
      </p>
    );
  }
  return (
    <label className="anxin-person">
      登录为（演示账户，令牌只留在本页）
      <select value={person.mobile} onChange={(event) => onChoose(people.find((one) => one.mobile === event.target.value))}>
        {people.map((one) => (
          <option key={one.mobile} value={one.mobile}>{one.who}</option>
        ))}
      </select>
    </label>
  );
}

/** GraphiQL sends no files: this sends one as the multipart request that the API takes, and shows the answer. */
function Upload({ step, person }) {
  const { responseEditor } = useEditors();
  const send = async (file) => {
    const form = new FormData();
    form.set("operations", JSON.stringify({ query: step.query, variables: JSON.parse(step.variables) }));
    form.set("map", JSON.stringify({ 0: ["variables.input.file"] }));
    form.set("0", file);
    const headers = { "GraphQL-Preflight": "1", ...(person && { Authorization: `Bearer ${person.token}` }) };
    const response = await fetch("/graphql", { method: "POST", headers, body: form });
    responseEditor.setValue(JSON.stringify(await response.json(), null, 2));
  };
  return (
    <label className="anxin-upload">
      {step.title}
      <input
        type="file"
        accept=".pdf,.png,.jpg,.jpeg,.ofd"
        disabled={!responseEditor}
        onChange={(event) => event.target.files[0] && send(event.target.files[0])}
      />
    </label>
  );
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" height="1em" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M5 3.5v17M5 4.5h13l-3 4 3 4H5" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
