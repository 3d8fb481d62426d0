import type { JobRow } from "../report/job-row.ts";
import type { Measured } from "./measured.ts";

/** What the command line says. */
export interface JobContext {
  /** Where journals are made; each run has a folder of its own in it. */
  readonly folder: string;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly rounds: number;
  /** Records that the large journal of J6 is filled with. */
  readonly records: number;
  /** Where the gateway's CPU profiles go; `undefined` for none. */
  readonly profileFolder: string | undefined;
  /** Tells a person what is being done. */
  progress(text: string): void;
  /** What an earlier job gave, by its name: J3 is measured against J1. */
  readonly earlier: Map<string, Measured>;
}

/** One of the benchmark's jobs. */
export interface Job {
  readonly name: string;
  run(context: JobContext): Promise<readonly JobRow[]>;
}
