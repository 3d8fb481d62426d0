import { create, fromBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  DeliveryExplanationSchema,
  DeliveryState,
  ExplainResponseSchema,
  type DeliveryExplanation,
  type ExplainResponse,
} from "@tapio/contracts/admin/v1/admin";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { scanRecord } from "@tapio/domain";
import { ControlError } from "@tapio/integration-core";
import { JournalError, type DestinationLog, type Journal, type JournalRecord } from "@tapio/journal";
import type { DestinationStatus } from "../destination-status.ts";
import type { RuntimeParts } from "../runtime-parts.ts";
import { explainAt } from "./explain-at.ts";
import { withRemovedLogs } from "./removed-logs.ts";

/** For one record: what became of it at every destination, and why. @throws ControlError `not_found`. */
export async function explain(parts: RuntimeParts, id: string): Promise<ExplainResponse> {
  const { journal } = parts.options;
  const found = await findRecord(parts, id);
  const sequence = found?.sequence ?? (await sequenceInRows(parts, id));
  if (sequence === undefined)
    throw new ControlError("not_found", `no record "${id}" is in the journal: it was never accepted, or retention removed it`);
  const deliveries: DeliveryExplanation[] = [];
  for (const destination of parts.destinations.values()) {
    const { opened, spec } = destination;
    if (opened === undefined) deliveries.push(unopened(destination.status()));
    else deliveries.push(await explainAt(opened.log, sequence, { configHash: spec.configHash, isConfigured: true }));
  }
  await withRemovedLogs(parts, async (log) => {
    deliveries.push(await explainAt(log, sequence, { configHash: "", isConfigured: false }));
  });
  const kept = found?.record ?? (await readable(journal, sequence));
  return create(ExplainResponseSchema, { deliveries, ...(kept === undefined ? {} : { record: messageOf(kept) }) });
}

/** What its log would tell is not known until it is open. */
function unopened({ name, state, reason }: DestinationStatus): DeliveryExplanation {
  const why = `its log is not open, the destination is ${state}${reason === "" ? "" : `: ${reason}`}`;
  return create(DeliveryExplanationSchema, { destination: name, state: DeliveryState.UNSPECIFIED, reason: why });
}

/** The record's place, and the record where it can be read. */
async function findRecord(
  { options: { journal } }: RuntimeParts,
  id: string,
): Promise<{ readonly sequence: number; readonly record: JournalRecord | undefined } | undefined> {
  const sequence = await journal.find(id);
  if (sequence === undefined) return undefined;
  const record = await readable(journal, sequence);
  if (record === undefined) return { sequence, record };
  // The journal finds by a hash: the record itself has the last word.
  const scanned = scanRecord(record.bytes);
  return scanned.ok && scanned.header.id === id ? { sequence, record } : undefined;
}

/** A damaged record has still a history at every destination. */
async function readable(journal: Journal, sequence: number): Promise<JournalRecord | undefined> {
  try {
    return await journal.get(sequence);
  } catch (reason) {
    if (reason instanceof JournalError && reason.damaged !== undefined) return undefined;
    throw reason;
  }
}

/** A record that the journal has not any more may still be a dead letter somewhere. */
async function sequenceInRows(parts: RuntimeParts, id: string): Promise<number | undefined> {
  for (const { opened } of parts.destinations.values()) {
    const found = opened === undefined ? undefined : await sequenceIn(opened.log, id);
    if (found !== undefined) return found;
  }
  let found: number | undefined;
  await withRemovedLogs(parts, async (log) => {
    found ??= await sequenceIn(log, id);
  });
  return found;
}

async function sequenceIn(log: DestinationLog, id: string): Promise<number | undefined> {
  const limit = 1000;
  for (let after = 0, isLast = false; !isLast;) {
    const rows = await log.rows({ after, limit, withoutBytes: true });
    const found = rows.find(({ recordId }) => recordId === id);
    if (found !== undefined) return found.sequence;
    after = rows.at(-1)?.sequence ?? after;
    isLast = rows.length < limit;
  }
  return undefined;
}

function messageOf({ sequence, appendedAtMs, bytes }: JournalRecord) {
  return { sequence: BigInt(sequence), acceptedTime: timestampFromMs(appendedAtMs), record: fromBinary(RecordSchema, bytes) };
}
