import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";
import { Durability, QueryService, type ListRecordsRequestSchema } from "@tapio/contracts/query/v1/query";
import type { SequencedRecord } from "@tapio/contracts/subscribe/v1/subscribe";
import type { Calls } from "./calls.ts";
import { toPosition } from "./subscription.ts";
import { TapioClientError } from "./tapio-client-error.ts";
import type { JournalExtent, KeptRecord, TapioClient } from "./tapio-client.ts";

const durabilities: ReadonlyMap<Durability, JournalExtent["durability"]> = new Map([
  [Durability.MEMORY, "memory"],
  [Durability.FSYNC, "fsync"],
  [Durability.REPLICATED, "replicated"],
]);

/** tapio.query.v1 over a transport. */
export function createKeptRecords(transport: Transport, calls: Calls): Pick<TapioClient, "getRecord" | "listRecords" | "getJournal"> {
  const service = createClient(QueryService, transport);
  return {
    async getRecord(id, options = {}) {
      const { record } = await calls.run(options, (rpc) => service.getRecord({ id }, rpc));
      return toKeptRecord(record);
    },
    async getJournal(options = {}) {
      const { firstSequence, headSequence, durability } = await calls.run(options, (rpc) => service.getJournal({}, rpc));
      return {
        firstSequence: Number(firstSequence),
        headSequence: Number(headSequence),
        durability: durabilities.get(durability) ?? "unknown",
      };
    },
    async *listRecords({ filter, start = "beginning", untilSequence = 0, pageSize = 0, onLost, ...options } = {}) {
      let pageToken = "";
      const request = (): MessageInitShape<typeof ListRecordsRequestSchema> => ({
        ...(filter && { filter }),
        start: toPosition(start),
        untilSequence: BigInt(untilSequence),
        pageSize,
        pageToken,
      });
      do {
        const page = await calls.run(options, (rpc) => service.listRecords(request(), rpc));
        yield* page.records.map(toKeptRecord);
        for (const { fromSequence, toSequence } of page.lost)
          onLost?.({ fromSequence: Number(fromSequence), toSequence: Number(toSequence) });
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
    },
  };
}

function toKeptRecord(placed: SequencedRecord | undefined): KeptRecord {
  if (placed?.record === undefined) throw new TapioClientError("internal", "the server's answer lacks the record");
  const { sequence, acceptedTime, record } = placed;
  return { sequence: Number(sequence), acceptedAtMs: acceptedTime === undefined ? 0 : timestampMs(acceptedTime), record };
}
