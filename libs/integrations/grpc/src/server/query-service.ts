import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { Durability, QueryService, type ListRecordsRequest } from "@tapio/contracts/query/v1/query";
import type { SequencedRecordSchema } from "@tapio/contracts/subscribe/v1/subscribe";
import { viewOf, type RecordView } from "@tapio/domain";
import type { ApiPorts, LogRecord, RecordLog } from "../core/interfaces.ts";
import { readBatch, type SequenceRange } from "./read-batch.ts";
import { decodePageToken, encodePageToken, type PageToken } from "./page-token.ts";
import { compileSelect, type SelectView } from "./record-filter.ts";
import { resolvePosition } from "./start-position.ts";

const DEFAULT_PAGE_SIZE = 100;
/** A page has at most this many bytes of records, but always room for one: gRPC clients refuse answers of more than 4 MiB by default. */
const PAGE_BYTES_MAX = 3 * 1024 * 1024;
/** How many records one call looks at: a page may be empty while there are more. */
const SCAN_RECORDS_MAX = 10_000;
/** How long one call looks at records by an expression, which may take its time with each; nobody else is served meanwhile. */
const SCAN_MS_MAX = 250;
const READ_LIMIT = { records: 500, bytes: 1024 * 1024 } as const;

const durabilities = { memory: Durability.MEMORY, fsync: Durability.FSYNC, replicated: Durability.REPLICATED } as const;

/** tapio.query.v1. */
export function routeQuery(router: ConnectRouter, { log, logger }: ApiPorts): void {
  router.service(QueryService, {
    getJournal() {
      const { first, head } = log.bounds();
      const firstSequence = first > head ? 0n : BigInt(first);
      return { firstSequence, headSequence: BigInt(head), durability: durabilities[log.durability] };
    },
    async listRecords(request) {
      const select = compileSelect(request.filter, logger);
      const { lost, ...page } = await readPage(log, await pageStart(log, request), request, select);
      for (const { from, to } of lost) logger.warn({ from, to }, "records of the journal cannot be read: a listing goes on after them");
      return { ...page, lost: lost.map(({ from, to }) => ({ fromSequence: BigInt(from), toSequence: BigInt(to) })) };
    },
    async getRecord({ id }) {
      const found = await findRecord(log, id);
      if (found !== undefined) return { record: found };
      throw new ConnectError(`id: no record "${id}" is kept: it was never accepted, or retention removed it`, Code.NotFound);
    },
  });
}

/** The newest record with this id; the log finds by a hash, so that the record itself has the last word. */
async function findRecord(log: RecordLog, id: string): Promise<MessageInitShape<typeof SequencedRecordSchema> | undefined> {
  const sequence = await log.find(id);
  const record = sequence === undefined ? undefined : await log.get(sequence);
  if (record === undefined) return undefined;
  const result = viewOf(record.bytes);
  return result.ok && result.view.header.id === id ? placed(record, result.view) : undefined;
}

function placed(record: LogRecord, view: RecordView): MessageInitShape<typeof SequencedRecordSchema> {
  return { sequence: BigInt(record.sequence), acceptedTime: timestampFromMs(record.appendedAtMs), record: view.decoded() };
}

async function pageStart(log: RecordLog, request: ListRecordsRequest): Promise<PageToken> {
  if (request.pageToken !== "") return decodePageToken(request.pageToken);
  const after = await resolvePosition(log, request.start, "beginning");
  const { head } = log.bounds();
  const until = request.untilSequence === 0n || request.untilSequence > BigInt(head) ? head : Number(request.untilSequence);
  return { after, until };
}

interface Page {
  readonly records: MessageInitShape<typeof SequencedRecordSchema>[];
  /** What cannot be read of what the page passed. */
  readonly lost: readonly SequenceRange[];
  readonly nextPageToken: string;
}

async function readPage(log: RecordLog, start: PageToken, request: ListRecordsRequest, select: SelectView): Promise<Page> {
  const records: MessageInitShape<typeof SequencedRecordSchema>[] = [];
  const lost: SequenceRange[] = [];
  let position = start.after;
  let bytes = 0;
  let scanned = 0;
  const pageSize = request.pageSize || DEFAULT_PAGE_SIZE;
  const endsAtMs = (request.filter?.expression ?? "") === "" ? Infinity : performance.now() + SCAN_MS_MAX;
  const page = (isLast: boolean): Page => ({
    records,
    lost,
    nextPageToken: isLast ? "" : encodePageToken({ after: position, until: start.until }),
  });
  while (position < start.until) {
    const { records: batch, damaged } = await readBatch(log, position, READ_LIMIT);
    if (damaged !== undefined) {
      lost.push({ from: damaged.from, to: Math.min(damaged.to, start.until) });
      position = damaged.to;
      continue;
    }
    if (batch.length === 0) break;
    for (const record of batch) {
      if (record.sequence > start.until) return page(true);
      const view = select(record);
      if (view !== undefined) {
        bytes += record.bytes.byteLength;
        if (records.length > 0 && bytes > PAGE_BYTES_MAX) return page(false);
        records.push(placed(record, view));
      }
      position = record.sequence;
      scanned += 1;
      if (records.length === pageSize || scanned === SCAN_RECORDS_MAX || performance.now() > endsAtMs) return page(position >= start.until);
    }
  }
  return page(true);
}
