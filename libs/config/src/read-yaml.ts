import { LineCounter, parseDocument, type Document, type Node } from "yaml";
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
    const node = { range: [error.pos[0], error.pos[1], error.pos[1]] };
    map.report("", yamlMessage(error.message), node as unknown as Node);
  }
  return { map, document, root: document.contents };
}

function yamlMessage(message: string): string {
  const sentence = message.split("\n")[0] ?? message;
  return /unique/i.test(sentence) ? "this key stands twice in one map: keep one of them" : sentence;
}
