import { useGraphiQL } from "@graphiql/react";
import { useEffect } from "react";

/** GraphiQL's four Monaco editors; each is missing until it has loaded. */
export function useEditors() {
  return useGraphiQL(({ queryEditor, variableEditor, headerEditor, responseEditor }) => ({
    queryEditor,
    variableEditor,
    headerEditor,
    responseEditor,
  }));
}

/** Shows nothing; keeps Monaco from boxing every full-width comma and colon as an ambiguous character, and from cutting
 * long lines. */
export function AsWritten() {
  const editors = useEditors();
  useEffect(() => {
    for (const editor of Object.values(editors)) {
      editor?.updateOptions({ unicodeHighlight: { ambiguousCharacters: false }, wordWrap: "on" });
    }
  }, [editors]);
  return null;
}
