/** One thing that is wrong with a configuration, and where. */
export interface ConfigProblem {
  /** Path of the field, e.g. `destinations[1].webhooks.url`; empty for the file as a whole. */
  readonly path: string;
  /** The file, or the environment variable, that it stands in. */
  readonly file: string;
  /** Counted from 1; 0 where the problem has no place in a file. */
  readonly line: number;
  readonly column: number;
  /** What is wrong, and what to do. Never holds the value of a secret. */
  readonly message: string;
}

/** One line for people: `destinations[1].webhooks.url (tapio.yaml:14:12): must be an https URL`. */
export function formatProblem(problem: ConfigProblem): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  return problem.path === "" ? `${place}: ${problem.message}` : `${problem.path} (${place}): ${problem.message}`;
}
