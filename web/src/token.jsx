import { useEffect } from "react";
import { useEditors } from "./editors";

const WHOLE = /^bearer \S{20,}$/i; // not while it is being typed
const QUIET = 300; // milliseconds without a change, after which what stands there is what was meant

/** Shows nothing; tells the Authorization that the headers name, whenever another one stands there. */
export function WatchToken({ onToken }) {
  const { headerEditor } = useEditors();
  useEffect(() => {
    if (!headerEditor) return;
    let waiting;
    const look = () => {
      const token = authorizationOf(headerEditor.getValue());
      if (token) onToken(token);
    };
    const changed = headerEditor.onDidChangeModelContent(() => {
      clearTimeout(waiting);
      waiting = setTimeout(look, QUIET);
    });
    look();
    return () => {
      clearTimeout(waiting);
      changed.dispose();
    };
  }, [headerEditor, onToken]);
  return null;
}

function authorizationOf(headers) {
  try {
    const named = Object.entries(JSON.parse(headers)).find(([name]) => name.toLowerCase() === "authorization");
    return named && WHOLE.test(named[1]) ? named[1] : null;
  } catch {
    return null; // half written
  }
}
