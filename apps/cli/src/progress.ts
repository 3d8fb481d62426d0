import type { ToolProgress } from "@tapio/journal-sqlite";
import { formatCount } from "./format/format-numbers.ts";
import type { Io } from "./io.ts";

/** No more than one line in so long a time. */
const INTERVAL_MS = 2_000;

const phases: Readonly<Record<ToolProgress["phase"], string>> = {
  file: "SQLite's own check of the file; it says nothing until it is done",
  copy: "copying the file; it says nothing until it is done",
  records: "records",
  destinations: "destinations",
  check: "reading the copy",
};

/**
 * Tells on standard error how far long work has come, and not too often; what takes its time in one piece is announced.
 * The tool ends when the user asks to stop: with what this throws.
 */
export function createProgress(io: Io): (progress: ToolProgress) => void {
  let nextAtMs = io.now() + INTERVAL_MS;
  return ({ phase, done, total }) => {
    if (io.interrupted.aborted) throw new Error("interrupted");
    const isAnnounced = (phase === "file" || phase === "copy") && done === 0;
    if (!isAnnounced && io.now() < nextAtMs) return;
    nextAtMs = io.now() + INTERVAL_MS;
    const share =
      total === 0 || isAnnounced ? "" : `: ${formatCount(done)} of ${formatCount(total)} (${Math.floor((100 * done) / total)} %)`;
    io.err(`${phases[phase]}${share}\n`);
  };
}
