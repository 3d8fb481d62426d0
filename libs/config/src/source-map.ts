import type { LineCounter, Node } from "yaml";
import type { ConfigProblem } from "./problem.ts";

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Remembers where each path of a configuration stands, and collects what is wrong with it. */
export interface SourceMap {
  place(path: string, node: Node | null | undefined): void;
  /** A path whose value comes from somewhere else, e.g. an environment variable. */
  placeIn(path: string, file: string): void;
  /** Reports a problem at a path, or at the nearest path above it that has a place. */
  report(path: string, message: string, node?: Node | null): void;
  readonly problems: readonly ConfigProblem[];
}

export function createSourceMap(file: string, lines: LineCounter): SourceMap {
  const places = new Map<string, Place>();
  const problems: ConfigProblem[] = [];
  const placeOf = (node: Node | null | undefined): Place | undefined => {
    const offset = node?.range?.[0];
    if (offset === undefined) return undefined;
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const nearest = (path: string): Place => {
    for (let at = path; at !== ""; at = parentOf(at)) {
      const place = places.get(at);
      if (place !== undefined) return place;
    }
    return places.get("") ?? { file, line: 0, column: 0 };
  };
  return {
    problems,
    place(path, node) {
      const place = placeOf(node);
      if (place !== undefined) places.set(path, place);
    },
    placeIn(path, source) {
      places.set(path, { file: source, line: 0, column: 0 });
    },
    report(path, message, node) {
      problems.push({ path, ...(placeOf(node) ?? nearest(path)), message });
    },
  };
}

/** `a.b[1]["k"]` -> `a.b[1]` -> `a.b` -> `a` -> ``. */
function parentOf(path: string): string {
  return path.replace(/(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\]|\.?[^.[\]]+)$/, "");
}
