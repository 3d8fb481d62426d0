import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Client } from "@connectrpc/connect";
import { RecordKind, RecordSchema } from "@tapio/contracts/domain/v1/record";
import { Severity } from "@tapio/contracts/domain/v1/types";
import { Durability, QueryService } from "@tapio/contracts/query/v1/query";
import { sampleEvent } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { startApiServer, type ApiServer } from "../testdata/api-server.ts";

type ListInit = Parameters<Client<typeof QueryService>["listRecords"]>[0];

function append(server: ApiServer, id: string, severity: Severity = Severity.ERROR, message = ""): void {
  server.log.append(
    toBinary(RecordSchema, create(RecordSchema, { kind: { case: "event", value: sampleEvent({ id, severity, message }) } })),
    1_500,
  );
}

async function pages(server: ApiServer, request: ListInit): Promise<string[][]> {
  const client = createClient(QueryService, server.transport("grpc"));
  const texts: string[][] = [];
  let pageToken = "";
  do {
    const page = await client.listRecords({ ...request, pageToken });
    texts.push(page.records.map(({ sequence, record }) => `${record?.kind.case === "event" ? record.kind.value.id : "?"}#${sequence}`));
    pageToken = page.nextPageToken;
    if (texts.length === 1) append(server, "later");
  } while (pageToken !== "");
  return texts;
}

describe("GetJournal", () => {
  it("says what there is and what an acknowledgement means", async () => {
    await using server = await startApiServer();
    const client = createClient(QueryService, server.transport("connect json"));
    expect(await client.getJournal({})).toMatchObject({ firstSequence: 0n, headSequence: 0n, durability: Durability.MEMORY });
    append(server, "a");
    append(server, "b");
    server.log.trimTo(1);
    expect(await client.getJournal({})).toMatchObject({ firstSequence: 2n, headSequence: 2n });
    server.log.trimTo(2);
    expect(await client.getJournal({})).toMatchObject({ firstSequence: 0n, headSequence: 2n });
  });
});

describe("ListRecords", () => {
  it("gives the journal a page at a time, up to what was its head at the first page", async () => {
    await using server = await startApiServer();
    for (const id of ["a", "b", "c", "d", "e"]) append(server, id);
    expect(await pages(server, { pageSize: 2 })).toEqual([["a#1", "b#2"], ["c#3", "d#4"], ["e#5"]]);
    expect(await pages(server, { pageSize: 3, start: { at: { case: "afterSequence", value: 2n } }, untilSequence: 5n })).toEqual([
      ["c#3", "d#4", "e#5"],
    ]);
  });

  it("gives what the filter takes", async () => {
    await using server = await startApiServer();
    append(server, "a", Severity.INFO);
    append(server, "b");
    const [page] = await pages(server, { filter: { minSeverity: Severity.ERROR, kinds: [RecordKind.EVENT] } });
    expect(page).toEqual(["b#2"]);
  });

  it("stops a page before it is larger than clients take, and goes on with the next", async () => {
    await using server = await startApiServer();
    for (const id of ["a", "b", "c"]) append(server, id, Severity.ERROR, "x".repeat(2_000_000));
    expect(await pages(server, {})).toEqual([["a#1"], ["b#2"], ["c#3"]]);
  });

  it("looks at a bounded number of records per call", async () => {
    await using server = await startApiServer();
    for (let index = 0; index < 10_001; index += 1) server.log.append(new Uint8Array([0xff]));
    append(server, "found");
    expect(await pages(server, {})).toEqual([[], ["found#10002"]]);
  });

  it("ends a page early where an expression takes its time with each record, and goes on with the next", async () => {
    await using server = await startApiServer();
    for (let index = 0; index < 60; index += 1) append(server, `e${index}`);
    append(server, "found");
    const numbers = `[${Array<string>(90).fill("1").join(",")}]`;
    const expression = `event.id == "found" || ${numbers}.all(x, ${numbers}.all(y, y == 2 || x == 1)) && event.id == "found"`;
    const found = await pages(server, { filter: { expression } });
    expect(found.flat()).toEqual(["found#61"]);
    expect(found.length).toBeGreaterThan(1);
  }, 30_000);

  it("OPS-6: passes over what cannot be read, names it, and goes on after it", async () => {
    await using server = await startApiServer();
    for (const id of ["a", "b", "c", "d", "e"]) append(server, id);
    server.log.damage(2, 3);
    server.log.damage(5, 5);
    const client = createClient(QueryService, server.transport("grpc"));
    const { records, lost } = await client.listRecords({ untilSequence: 5n });
    expect(records.map(({ sequence }) => sequence)).toEqual([1n, 4n]);
    expect(lost.map(({ fromSequence, toSequence }) => [fromSequence, toSequence])).toEqual([
      [2n, 3n],
      [5n, 5n],
    ]);
    expect((await client.listRecords({ untilSequence: 2n })).lost).toMatchObject([{ fromSequence: 2n, toSequence: 2n }]);
    expect(server.logger.entries).toContainEqual(
      expect.objectContaining({
        level: "warn",
        fields: { from: 2, to: 3 },
        message: "records of the journal cannot be read: a listing goes on after them",
      }),
    );
  });

  it("stops at the last sequence that is asked for", async () => {
    await using server = await startApiServer();
    append(server, "a");
    server.log.skip(5);
    append(server, "b");
    expect(await pages(server, { untilSequence: 3n })).toEqual([["a#1"]]);
  });

  it.each([
    [{ pageToken: "no token" }, "page_token: "],
    [{ pageSize: 1_001 }, "page_size: "],
    [{ filter: { expression: "(" } }, "filter.expression: "],
  ] satisfies [ListInit, string][])("refuses %j and names the field", async (request, field) => {
    await using server = await startApiServer();
    const client = createClient(QueryService, server.transport("grpc"));
    const error = ConnectError.from(await client.listRecords(request).catch((reason: unknown) => reason));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage.startsWith(field)).toBe(true);
  });
});

describe("GetRecord", () => {
  it("OPS-5: gives the newest record with an id, and its place", async () => {
    await using server = await startApiServer();
    append(server, "a", Severity.INFO);
    append(server, "b");
    append(server, "a", Severity.CRITICAL);
    for (const protocol of ["grpc", "connect json"] as const) {
      const { record } = await createClient(QueryService, server.transport(protocol)).getRecord({ id: "a" });
      expect([record?.sequence, record?.acceptedTime]).toMatchObject([3n, { seconds: 1n, nanos: 500_000_000 }]);
      expect(record?.record?.kind.value).toMatchObject({ id: "a", severity: Severity.CRITICAL });
    }
  });

  it.each([
    ["never accepted", "c"],
    ["removed by retention", "a"],
    ["found by the hash of another id", "other"],
    ["not readable any more", "broken"],
  ])("OPS-5: answers NOT_FOUND for an id that was %s", async (_name, id) => {
    await using server = await startApiServer();
    append(server, "a");
    append(server, "b");
    server.log.append(new Uint8Array([0xff]));
    server.log.mistake("other", 2);
    server.log.mistake("broken", 3);
    server.log.trimTo(1);
    const client = createClient(QueryService, server.transport("grpc"));
    const error = ConnectError.from(await client.getRecord({ id }).catch((reason: unknown) => reason));
    expect([error.code, error.rawMessage]).toEqual([
      Code.NotFound,
      `id: no record "${id}" is kept: it was never accepted, or retention removed it`,
    ]);
  });

  it("answers DATA_LOSS for a record that cannot be read any more, and logs it", async () => {
    await using server = await startApiServer();
    append(server, "a");
    server.log.mistake("a", 1);
    server.log.damage(1, 1);
    const client = createClient(QueryService, server.transport("grpc"));
    const error = ConnectError.from(await client.getRecord({ id: "a" }).catch((reason: unknown) => reason));
    expect([error.code, error.rawMessage]).toEqual([
      Code.DataLoss,
      "the group at 1 is damaged: it is lost, unless a backup has it; tapioctl journal check says more",
    ]);
    expect(server.logger.entries).toMatchObject([{ level: "error" }]);
  });

  it("answers UNAVAILABLE while the medium fails: it may come back", async () => {
    await using server = await startApiServer();
    append(server, "a");
    server.log.mistake("a", 1);
    server.log.damage(1, 1, "io", 1);
    const client = createClient(QueryService, server.transport("grpc"));
    expect(ConnectError.from(await client.getRecord({ id: "a" }).catch((reason: unknown) => reason)).code).toBe(Code.Unavailable);
    expect((await client.getRecord({ id: "a" })).record?.sequence).toBe(1n);
  });

  it("answers NOT_FOUND for a record that is removed between finding and reading", async () => {
    await using server = await startApiServer();
    server.log.mistake("a", 7);
    const client = createClient(QueryService, server.transport("grpc"));
    expect(ConnectError.from(await client.getRecord({ id: "a" }).catch((reason: unknown) => reason)).code).toBe(Code.NotFound);
  });

  it("refuses what is no id and names the field", async () => {
    await using server = await startApiServer();
    const client = createClient(QueryService, server.transport("grpc"));
    const error = ConnectError.from(await client.getRecord({ id: "no id" }).catch((reason: unknown) => reason));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toMatch(/^id: /);
  });
});
