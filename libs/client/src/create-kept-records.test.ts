import { Code, ConnectError } from "@connectrpc/connect";
import { Durability, type ListRecordsRequest } from "@tapio/contracts/query/v1/query";
import { describe, expect, it } from "vitest";
import type { KeptRecord } from "./tapio-client.ts";
import { positionText } from "./testdata/test-server.ts";
import { clientKinds, failure, withClient } from "./testdata/with-client.ts";

const placed = (id: string, sequence: bigint) => ({
  sequence,
  acceptedTime: { seconds: 1n, nanos: 500_000_000 },
  record: { kind: { case: "event" as const, value: { id } } },
});

const text = ({ sequence, acceptedAtMs, record }: KeptRecord): string => `${record.kind.value?.id}#${sequence}@${acceptedAtMs}`;

describe.each(clientKinds)("records of the journal over %s", (kind) => {
  it("are got by their id", async () => {
    const getRecord = ({ id }: { id: string }) => ({ record: placed(id, 7n) });
    await withClient(kind, { query: { getRecord } }, async (client, server) => {
      expect(text(await client.getRecord("a"))).toBe("a#7@1500");
      expect(server.headers[0]?.get("authorization")).toBe("Bearer t0ken");
    });
  });

  it("are listed page by page, as they are asked for", async () => {
    const asked: ListRecordsRequest[] = [];
    const listRecords = (request: ListRecordsRequest) => {
      asked.push(request);
      if (request.pageToken === "") return { records: [placed("a", 1n), placed("b", 2n)], nextPageToken: "empty" };
      return request.pageToken === "empty" ? { nextPageToken: "last" } : { records: [placed("c", 9n)] };
    };
    await withClient(kind, { query: { listRecords } }, async (client) => {
      const seen: string[] = [];
      for await (const record of client.listRecords({
        filter: { types: ["x"] },
        start: { afterSequence: 3 },
        untilSequence: 9,
        pageSize: 2,
      }))
        seen.push(`${text(record)} of ${asked.length}`);
      expect(seen).toEqual(["a#1@1500 of 1", "b#2@1500 of 1", "c#9@1500 of 3"]);
    });
    expect(
      asked.map(({ filter, start, untilSequence, pageSize }) => [filter?.types, positionText(start), untilSequence, pageSize]),
    ).toEqual(Array(3).fill([["x"], "after 3", 9n, 2]));
  });
});

describe("the journal's extent", () => {
  it.each([
    [Durability.MEMORY, "memory"],
    [Durability.FSYNC, "fsync"],
    [Durability.REPLICATED, "replicated"],
    [Durability.UNSPECIFIED, "unknown"],
  ] as const)("with durability %i is told in words", async (durability, expected) => {
    const getJournal = () => ({ firstSequence: 3n, headSequence: 9n, durability });
    await withClient("grpc", { query: { getJournal } }, async (client) => {
      expect(await client.getJournal()).toEqual({ firstSequence: 3, headSequence: 9, durability: expected });
    });
  });
});

describe("records of the journal", () => {
  it("are listed from the beginning to the newest when nothing is said", async () => {
    const asked: ListRecordsRequest[] = [];
    await withClient("grpc", { query: { listRecords: (request) => (asked.push(request), {}) } }, async (client) => {
      for await (const record of client.listRecords()) throw new Error(`not expected: ${text(record)}`);
    });
    expect(asked.map(({ start, untilSequence, pageSize }) => [positionText(start), untilSequence, pageSize])).toEqual([
      ["beginning", 0n, 0],
    ]);
  });

  it("that cannot be read are told", async () => {
    const listRecords = () => ({ records: [placed("a", 1n)], lost: [{ fromSequence: 2n, toSequence: 4n }] });
    await withClient("grpc", { query: { listRecords } }, async (client) => {
      const seen: unknown[] = [];
      for await (const record of client.listRecords({ onLost: (range) => seen.push(range) })) seen.push(text(record));
      expect(seen).toEqual(["a#1@1500", { fromSequence: 2, toSequence: 4 }]);
    });
  });

  it("fail with the server's code and words, also on a later page", async () => {
    const refuse = (): never => {
      throw new ConnectError("no record", Code.NotFound);
    };
    const listRecords = ({ pageToken }: ListRecordsRequest) => (pageToken === "" ? { nextPageToken: "2" } : refuse());
    await withClient("grpc", { query: { getRecord: refuse, listRecords } }, async (client) => {
      expect(await failure(client.getRecord("a"))).toMatchObject({ code: "not_found", message: "no record" });
      expect(await failure(client.listRecords()[Symbol.asyncIterator]().next())).toMatchObject({ code: "not_found" });
    });
  });

  it("are never made up from an answer without one", async () => {
    await withClient("grpc", { query: { getRecord: () => ({}) } }, async (client) => {
      expect(await failure(client.getRecord("a"))).toMatchObject({ code: "internal", message: "the server's answer lacks the record" });
    });
  });
});
