import { create, fromBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  AttemptSchema,
  DeadLetterSchema,
  ListDeadLettersResponseSchema,
  type Attempt,
  type DeadLetter,
  type ListDeadLettersRequest,
  type ListDeadLettersResponse,
} from "@tapio/contracts/admin/v1/admin";
import type { AttemptNote } from "@tapio/contracts/delivery/v1/settlement";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { ControlError } from "@tapio/integration-core";
import type { DeliveryRow } from "@tapio/journal";
import { attemptsOf } from "../machine/history.ts";
import type { RuntimeParts } from "../runtime-parts.ts";
import { compileSelection, selectedRows, viewOfRow, withSelectedLogs } from "./selection.ts";

const pageSizeDefault = 100;
/** A page ends before it is larger, but has room for one: gRPC clients refuse answers of more than 4 MiB by default. */
const pageBytesMax = 3 * 1024 * 1024;

/** One page in the order of destinations' names and sequences; the first one with the counts of all that the selector takes. */
export async function listDeadLetters(parts: RuntimeParts, request: ListDeadLettersRequest): Promise<ListDeadLettersResponse> {
  const selection = compileSelection(request.selector);
  const start = startOf(request.pageToken);
  const size = request.pageSize || pageSizeDefault;
  const counts: Record<string, bigint> = {};
  const deadLetters: DeadLetter[] = [];
  let bytes = 0;
  let next = "";
  await withSelectedLogs(parts, selection, async ({ log }) => {
    const name = log.destination;
    // Once: a listing of all of them page by page takes time in proportion to their number.
    if (request.pageToken === "")
      for await (const { code } of selectedRows(log, selection, { withBytes: false })) counts[code] = (counts[code] ?? 0n) + 1n;
    if (next !== "" || name < start.destination) return;
    const after = name === start.destination ? start.after : 0;
    for await (const row of selectedRows(log, selection, { after, withBytes: true })) {
      const last = deadLetters.at(-1);
      bytes += sizeOf(row);
      if (last !== undefined && (deadLetters.length === size || bytes > pageBytesMax)) {
        next = tokenOf(last);
        return;
      }
      deadLetters.push(deadLetterOf(name, row));
    }
  });
  return create(ListDeadLettersResponseSchema, { deadLetters, nextPageToken: next, countsByCode: counts });
}

/** About what it takes in an answer. */
function sizeOf({ bytes, history, message }: DeliveryRow): number {
  return (bytes?.byteLength ?? 0) + (history?.byteLength ?? 0) + message.length;
}

/** Where the page before ended: a destination's name and a sequence. */
function tokenOf({ destination, record, range }: DeadLetter): string {
  return Buffer.from(`${destination} ${record?.sequence ?? range?.fromSequence ?? 0n}`).toString("base64url");
}

function startOf(token: string): { readonly destination: string; readonly after: number } {
  if (token === "") return { destination: "", after: 0 };
  const [, destination, after] = /^([a-z0-9-]+) ([0-9]+)$/.exec(Buffer.from(token, "base64url").toString()) ?? [];
  if (destination === undefined) throw new ControlError("invalid", "page_token is none that a page before gave");
  return { destination, after: Number(after) };
}

function deadLetterOf(destination: string, row: DeliveryRow): DeadLetter {
  const { sequence, through, code, message } = row;
  const view = viewOfRow(row);
  return create(DeadLetterSchema, {
    destination,
    ...{ code, message, deadTime: timestampFromMs(row.dueAtMs) },
    attempts: attemptsOf(row.history).map(attemptMessage).reverse(),
    ...(through === undefined
      ? { record: { sequence: BigInt(sequence), ...(view === undefined ? {} : { record: fromBinary(RecordSchema, view.bytes) }) } }
      : { range: { fromSequence: BigInt(sequence), toSequence: BigInt(through) } }),
  });
}

export function attemptMessage({ number, startedAtMs, durationMs, code, message }: AttemptNote): Attempt {
  return create(AttemptSchema, {
    ...{ number, code, message },
    startTime: timestampFromMs(Number(startedAtMs)),
    duration: { seconds: BigInt(Math.floor(durationMs / 1000)), nanos: (durationMs % 1000) * 1_000_000 },
  });
}
