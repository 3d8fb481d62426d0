import { tmpdir } from "node:os";
import { parseArgs } from "node:util";

export interface CommandLine {
  readonly jobs: readonly string[];
  readonly seconds: number;
  readonly rounds: number;
  readonly records: number;
  readonly folder: string;
  readonly profileFolder: string | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

export const usage = `Usage: npm run bench -- [options]

Measures each job beside the bare loop of the same run, which does only the unavoidable part of it, and prints a table.
Exit codes: 0 everything was reached and nothing lost, 1 something was not, 2 wrong usage.

  --jobs J1,J2     these jobs alone (default: all)
  --seconds N      how long each run is measured (default: 10)
  --rounds N       runs of each side, in turn; the medians count (default: 3)
  --records N      records that the large journal of J6 is filled with (default: 10000000, some 7 GB)
  --folder DIR     where journals are made (default: the system's folder for temporary files)
  --profile DIR    write the gateway's CPU profiles there
  --json           the rows as JSON on standard output
  --help           this text
`;

/** @throws Error with what is wrong. */
export function readCommandLine(args: readonly string[], known: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: {
      jobs: { type: "string" },
      seconds: { type: "string", default: "10" },
      rounds: { type: "string", default: "3" },
      records: { type: "string", default: "10000000" },
      folder: { type: "string", default: tmpdir() },
      profile: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const jobs = values.jobs?.split(",") ?? known;
  const unknown = jobs.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--jobs: there is no ${unknown}; there are ${known.join(", ")}`);
  return {
    jobs,
    seconds: positive("--seconds", values.seconds),
    rounds: positive("--rounds", values.rounds),
    records: positive("--records", values.records),
    folder: values.folder,
    profileFolder: values.profile,
    json: values.json,
    help: values.help,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} is "${text}"; it must be a number above 0`);
  return value;
}
