import type { LineCounter, Node } from "yaml";
import type { ConfigProblem } from "./problem.ts";

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What stands somewhere in the text: a node, or what the parser objects to. */
type Located = Pick<Node, "range"> | null | undefined;

/** Remembers where each path of a configuration stands, and collects what is wrong with it. */
export interface SourceMap {
  place(path: string, located: Located): void;
  /** A path whose value comes from somewhere else, e.g. an environment variable. */
  placeIn(path: string, file: string): void;
  /** Reports a problem at a path, or at the nearest path above it that has a place. */
  report(path: string, message: string, located?: Located): void;
  readonly problems: readonly ConfigProblem[];
}

export function createSourceMap(file: string, lines: LineCounter): SourceMap {
  const places = new Map<string, Place>();
  const problems: ConfigProblem[] = [];
  const placeOf = (located: Located): Place | undefined => {
    const offset = located?.range?.[0];
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
    place(path, located) {
      const place = placeOf(located);
      if (place !== undefined) places.set(path, place);
    },
    placeIn(path, source) {
      places.set(path, { file: source, line: 0, column: 0 });
    },
    report(path, message, located) {
      problems.push({ path, ...(placeOf(located) ?? nearest(path)), message });
    },
  };
}

/** `a.b[1]["k"]` -> `a.b[1]` -> `a.b` -> `a` -> ``. */
function parentOf(path: string): string {
  return path.replace(/(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\]|\.?[^.[\]]+)$/, "");
}
