import { LineCounter, parseDocument, type Document, type Node, type YAMLError } from "yaml";
import { createSourceMap, type SourceMap } from "./source-map.ts";

export interface YamlSource {
  readonly map: SourceMap;
  readonly document: Document;
  readonly root: Node | null;
}

/** Parses one YAML document; what the parser objects to is in the map's problems. */
export function readYaml(text: string, file: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, stringKeys: true });
  const map = createSourceMap(file, lines);
  map.place("", document.contents);
  for (const error of document.errors) {
    const [start, end] = error.pos;
    map.report("", yamlMessage(error), { range: [start, end, end] });
  }
  return { map, document, root: document.contents };
}

/** The parser speaks to programmers in some of its messages. */
function yamlMessage({ code, message }: YAMLError): string {
  switch (code) {
    case "DUPLICATE_KEY":
      return "this key stands twice in one map: keep one of them";
    case "MULTIPLE_DOCS":
      return "one YAML document is expected: a second one begins here";
    case "NON_STRING_KEY":
      return "a key must be text";
    default:
      return message.split("\n")[0] ?? message;
  }
}
