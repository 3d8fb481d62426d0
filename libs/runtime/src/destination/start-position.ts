import type { Journal } from "@tapio/journal";
import type { StartPosition } from "../policy.ts";

/**
 * Why a destination cannot start there. What lies ahead of the journal is refused: it would deliver nothing, look well, and pass over all that
 * comes before; as a rule it is an old configuration on a new data folder.
 */
export function startProblem(start: StartPosition, head: number, nowMs: number): string | undefined {
  if (start.at === "sequence" && start.after > head)
    return `start.after_sequence is ${start.after}, but the last sequence of the journal is ${head}: ${startAdvice}`;
  if (start.at === "time" && start.atMs > nowMs)
    return `start.time is ${timeText(start.atMs)}, but it is ${timeText(nowMs)} now: ${startAdvice}`;
  return undefined;
}

const startAdvice = "what comes before would never be delivered; start at the head, the beginning, or a place in the journal";
const latestMs = 8.64e15;

function timeText(ms: number): string {
  return Math.abs(ms) <= latestMs ? new Date(ms).toISOString() : `${ms} ms`;
}

/** The cursor of a destination that has none yet. */
export async function firstCursor(journal: Pick<Journal, "bounds" | "sequenceBefore">, start: StartPosition): Promise<number> {
  switch (start.at) {
    case "head":
      return journal.bounds().head;
    case "beginning":
      return journal.bounds().first - 1;
    case "sequence":
      return start.after;
    case "time":
      return await journal.sequenceBefore(start.atMs);
  }
}
