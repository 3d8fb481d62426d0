import { Code, ConnectError } from "@connectrpc/connect";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { Position } from "@tapio/contracts/subscribe/v1/subscribe";
import type { RecordLog } from "../core/interfaces.ts";

/**
 * The sequence after which to read for a position; `absent` is what a request without one means.
 * @throws ConnectError OUT_OF_RANGE for a sequence that the log has not reached: the client's position is of another journal, and
 * waiting for the log to come up to it would skip records without a word.
 */
export async function resolvePosition(log: RecordLog, start: Position | undefined, absent: "head" | "beginning"): Promise<number> {
  const { first, head } = log.bounds();
  const at = start?.at;
  switch (at?.case) {
    case "afterSequence":
      return withinLog(at.value, head);
    case "time":
      return Math.max(await log.sequenceBefore(firstMillisecond(at.value)), first - 1);
    case "head":
    case "beginning":
    case undefined:
      return (at?.case ?? absent) === "head" ? head : first - 1;
  }
}

function withinLog(sequence: bigint, head: number): number {
  if (sequence <= BigInt(head)) return Number(sequence);
  const message = `start.after_sequence: ${sequence} is beyond the journal's newest sequence ${head}: it belongs to another journal; start at the beginning or at the head`;
  throw new ConnectError(message, Code.OutOfRange);
}

/** The first whole millisecond at or after a time: the log keeps no more. */
function firstMillisecond({ seconds, nanos }: Timestamp): number {
  return Number(seconds) * 1000 + Math.ceil(nanos / 1_000_000);
}
