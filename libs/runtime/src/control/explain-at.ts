import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { DeliveryExplanationSchema, DeliveryState, type DeliveryExplanation } from "@tapio/contracts/admin/v1/admin";
import type { DeliveryRow, DestinationLog, Settlement } from "@tapio/journal";
import { attemptsOf } from "../machine/history.ts";
import { decodeNote, notedEnd } from "../machine/settlement-note.ts";
import { attemptMessage } from "./list-dead-letters.ts";

export interface ExplainContext {
  /** The destination's configuration of now. */
  readonly configHash: string;
  readonly isConfigured: boolean;
}

type Verdict = Omit<MessageInitShape<typeof DeliveryExplanationSchema>, "$typeName" | "destination">;

/** What became of one record at one destination, from its row or, where it has none, from the settlements. */
export async function explainAt(log: DestinationLog, sequence: number, context: ExplainContext): Promise<DeliveryExplanation> {
  const [row] = await log.rows({ after: sequence - 1, limit: 1, withoutBytes: true });
  const verdict =
    row?.sequence === sequence && row.through === undefined ? fromRow(row, context) : await fromSettlements(log, sequence, context);
  return create(DeliveryExplanationSchema, { destination: log.destination, ...verdict });
}

const rowStates = { waiting: DeliveryState.WAITING, parked: DeliveryState.PARKED, dead: DeliveryState.DEAD } as const;

function fromRow(row: DeliveryRow, { configHash }: ExplainContext): Verdict {
  const at = timestampFromMs(row.dueAtMs);
  return {
    state: rowStates[row.state],
    reason: `${row.code}: ${row.message}`,
    attempts: attemptsOf(row.history).map(attemptMessage).reverse(),
    configHash,
    ...(row.state === "waiting" ? { nextAttemptTime: at } : {}),
    ...(row.state === "dead" ? { settleTime: at } : {}),
  };
}

async function fromSettlements(log: DestinationLog, sequence: number, context: ExplainContext): Promise<Verdict> {
  const settlements = await log.settlements(sequence);
  const late = settlements.findLast(({ isLate }) => isLate);
  if (late !== undefined) return fromLate(late);
  const range = settlements.find(({ isLate }) => !isLate);
  if (range !== undefined && sequence <= (log.cursor ?? 0)) return fromRange(range, sequence);
  if (sequence <= (log.cursor ?? 0))
    return { state: DeliveryState.UNSPECIFIED, reason: "it was settled; what became of it is not kept any more" };
  const reason = context.isConfigured
    ? `the cursor is at ${log.cursor ?? 0}: it is in flight, or its turn has not come`
    : `the destination is not in the configuration; its cursor stands at ${log.cursor ?? 0}`;
  return { state: DeliveryState.PENDING, reason, configHash: context.configHash };
}

function fromLate(settlement: Settlement): Verdict {
  const { configHash, late } = decodeNote(settlement);
  const common = { configHash, settleTime: timestampFromMs(settlement.atMs) };
  const attempt = late?.attempt ?? 0;
  if (late?.discarded === true)
    return { ...common, state: DeliveryState.DEAD, reason: `given up after attempt ${attempt}, and discarded by an operator` };
  if (late !== undefined && late.skippedReason !== "") return { ...common, state: DeliveryState.SKIPPED, reason: late.skippedReason };
  return { ...common, state: DeliveryState.DELIVERED, reason: `delivered at attempt ${attempt}` };
}

function fromRange(settlement: Settlement, sequence: number): Verdict {
  const note = decodeNote(settlement);
  const common = { configHash: note.configHash, settleTime: timestampFromMs(settlement.atMs) };
  if (note.beforeStart) return { ...common, state: DeliveryState.SKIPPED, reason: "it came before the destination's start" };
  if (note.lost !== "") {
    const { from, to } = settlement;
    return { ...common, state: DeliveryState.DEAD, reason: `in the range ${from} to ${to}, which was given up: ${note.lost}` };
  }
  const end = notedEnd(note, settlement.from, sequence);
  switch (end.kind) {
    case "skipped":
      return { ...common, state: DeliveryState.SKIPPED, reason: end.reason };
    case "delivered":
      return { ...common, state: DeliveryState.DELIVERED, reason: "delivered at attempt 1" };
    case "held":
      return { ...common, state: DeliveryState.UNSPECIFIED, reason: "it had a row, which is gone; how it ended is not kept any more" };
  }
}
