import { useGraphiQLActions } from "@graphiql/react";
import { useEffect, useRef } from "react";
import { useEditors } from "./editors";

/** Shows nothing; runs what a first visit opens with, so that an answer stands there before anything is pressed. */
export function FirstAnswer() {
  const { run } = useGraphiQLActions();
  const { queryEditor, variableEditor, headerEditor, responseEditor } = useEditors();
  const ran = useRef(false);
  useEffect(() => {
    if (ran.current || !queryEditor || !variableEditor || !headerEditor || !responseEditor) return;
    ran.current = true;
    run();
  }, [queryEditor, variableEditor, headerEditor, responseEditor, run]);
  return null;
}
