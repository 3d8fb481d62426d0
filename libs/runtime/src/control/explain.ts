import { create, fromBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ExplainResponseSchema, type DeliveryExplanation, type ExplainResponse } from "@tapio/contracts/admin/v1/admin";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { scanRecord } from "@tapio/domain";
import { ControlError } from "@tapio/integration-core";
import type { DestinationLog, JournalRecord } from "@tapio/journal";
import type { RuntimeParts } from "../runtime-parts.ts";
import { explainAt } from "./explain-at.ts";
import { withRemovedLogs } from "./removed-logs.ts";

/** For one record: what became of it at every destination, and why. @throws ControlError `not_found`. */
export async function explain(parts: RuntimeParts, id: string): Promise<ExplainResponse> {
  const { journal } = parts.options;
  const record = await recordWithId(parts, id);
  const sequence = record?.sequence ?? (await sequenceInRows(parts, id));
  if (sequence === undefined)
    throw new ControlError("not_found", `no record "${id}" is in the journal: it was never accepted, or retention removed it`);
  const deliveries: DeliveryExplanation[] = [];
  for (const { opened, spec } of parts.destinations.values())
    if (opened !== undefined) deliveries.push(await explainAt(opened.log, sequence, { configHash: spec.configHash, isConfigured: true }));
  await withRemovedLogs(parts, async (log) => {
    deliveries.push(await explainAt(log, sequence, { configHash: "", isConfigured: false }));
  });
  const kept = record ?? (await journal.get(sequence));
  return create(ExplainResponseSchema, { deliveries, ...(kept === undefined ? {} : { record: messageOf(kept) }) });
}

async function recordWithId({ options }: RuntimeParts, id: string): Promise<JournalRecord | undefined> {
  const sequence = await options.journal.find(id);
  const record = sequence === undefined ? undefined : await options.journal.get(sequence);
  const scanned = record === undefined ? undefined : scanRecord(record.bytes);
  return scanned?.ok === true && scanned.header.id === id ? record : undefined;
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
