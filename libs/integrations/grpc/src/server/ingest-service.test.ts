import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { RecordSchema, type Record } from "@tapio/contracts/domain/v1/record";
import { RawPublishRequestSchema } from "@tapio/contracts/ingest/raw/v1/raw";
import { IngestService, PublishStreamResponseSchema, RecordStatus } from "@tapio/contracts/ingest/v1/ingest";
import { Overloaded } from "@tapio/integration-core";
import { sampleEvent, sampleFinding, within } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { startApiServer, testedProtocols } from "../testdata/api-server.ts";

const event = (id: string, message = "it happened"): Record =>
  create(RecordSchema, { kind: { case: "event", value: sampleEvent({ id, message }) } });
const finding = (id: string): Record => create(RecordSchema, { kind: { case: "finding", value: sampleFinding({ id }) } });
const publishPath = "/tapio.ingest.v1.IngestService/Publish";

async function failure(promise: Promise<unknown>): Promise<ConnectError> {
  return ConnectError.from(
    await within(
      promise.then(
        () => new Error("the call did not fail"),
        (reason: unknown) => reason,
      ),
      "the call",
    ),
  );
}

describe.each(testedProtocols)("Publish over %s", (protocol) => {
  it("answers per record, in order, and one bad record has no effect on the rest", async () => {
    await using server = await startApiServer();
    const client = createClient(IngestService, server.transport(protocol));
    const records = [event("a"), event("not an id"), finding("b"), event("a")];
    const { results } = await client.publish({ records });
    expect(results.map(({ status, id, sequence }) => [status, id, Number(sequence)])).toEqual([
      [RecordStatus.ACCEPTED, "a", 1],
      [RecordStatus.REJECTED, results[1]?.id, 0],
      [RecordStatus.ACCEPTED, "b", 2],
      [RecordStatus.DUPLICATE, "a", 1],
    ]);
    expect(results[1]?.field).toBe("event.id");
    expect(results[1]?.reason).not.toBe("");
  });

  it("tells a caller to come later when the gateway is overloaded", async () => {
    await using server = await startApiServer();
    server.sink.before = () => {
      throw new Overloaded("the journal is behind", 1_500);
    };
    const error = await failure(createClient(IngestService, server.transport(protocol)).publish({ records: [event("a")] }));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.rawMessage).toBe("the journal is behind");
    expect(error.metadata.get("retry-after-ms")).toBe("1500");
    expect(error.metadata.get("retry-after")).toBe("2");
    // RetryInfo { retry_delay { seconds: 1 nanos: 500000000 } }
    const details = error.details.map((detail) => ("type" in detail ? [detail.type, Buffer.from(detail.value).toString("hex")] : detail));
    expect(details).toEqual([["google.rpc.RetryInfo", "0a0808011080cab5ee01"]]);
  });

  it("refuses more records than one message may have, and names the limit", async () => {
    await using server = await startApiServer({ maxRecordsPerRequest: 2 });
    const error = await failure(
      createClient(IngestService, server.transport(protocol)).publish({ records: [event("a"), event("b"), event("c")] }),
    );
    expect([error.code, error.rawMessage]).toEqual([
      Code.InvalidArgument,
      "records: 3 in one message are too many; send at most 2 at a time",
    ]);
    expect(server.sink.calls).toEqual([]);
  });

  it("refuses a message over the byte limit", async () => {
    await using server = await startApiServer({ maxRequestBytes: 1_000 });
    const error = await failure(
      createClient(IngestService, server.transport(protocol)).publish({ records: [event("a", "x".repeat(2_000))] }),
    );
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(server.sink.calls).toEqual([]);
  });

  it("says UNAVAILABLE when the journal fails, INTERNAL and no more when something else does, and logs both", async () => {
    await using server = await startApiServer();
    const client = createClient(IngestService, server.transport(protocol));
    server.sink.before = () => {
      throw Object.assign(new Error("no space left on device"), { name: "JournalError" });
    };
    const unavailable = await failure(client.publish({ records: [event("a")] }));
    expect([unavailable.code, unavailable.rawMessage]).toEqual([
      Code.Unavailable,
      "the journal failed: no space left on device; send the request again later",
    ]);
    server.sink.before = () => {
      throw new TypeError("secret detail");
    };
    const internal = await failure(client.publish({ records: [event("a")] }));
    expect([internal.code, internal.rawMessage]).toEqual([Code.Internal, "internal error"]);
    expect(server.logger.entries.map(({ message, fields }) => [message, fields["rpc"]])).toEqual([
      ["a call failed", "tapio.ingest.v1.IngestService/Publish"],
      ["a call failed", "tapio.ingest.v1.IngestService/Publish"],
    ]);
  });

  it("sums up a stream, with the refusals and their places in it", async () => {
    await using server = await startApiServer();
    async function* batches(): AsyncGenerator<{ records: Record[] }> {
      yield { records: [event("a"), event("bad id")] };
      yield { records: [] };
      yield { records: [event("a"), event("b"), event("also bad")] };
    }
    const summary = await createClient(IngestService, server.transport(protocol)).publishStream(batches());
    expect([summary.accepted, summary.duplicates, summary.rejected]).toEqual([2n, 1n, 2n]);
    expect(summary.rejections.map(({ index, result }) => [index, result?.field])).toEqual([
      [1n, "event.id"],
      [4n, "event.id"],
    ]);
    expect(server.sink.calls.map(({ size }) => size)).toEqual([2, 3]);
  });

  it("ends an overloaded stream and says how much of it was taken", async () => {
    await using server = await startApiServer();
    server.sink.before = () => {
      if (server.sink.taken.length > 0) throw new Overloaded("the journal is behind", 200);
    };
    async function* batches(): AsyncGenerator<{ records: Record[] }> {
      yield { records: [event("a"), event("b"), event("a"), event("bad id")] };
      yield { records: [event("c")] };
    }
    const error = await failure(createClient(IngestService, server.transport(protocol)).publishStream(batches()));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.rawMessage).toBe("the journal is behind; of this stream, 2 records were accepted, 1 were duplicates and 1 were rejected");
    expect(error.metadata.get("retry-after-ms")).toBe("200");
    const [taken] = error.findDetails(PublishStreamResponseSchema);
    expect([taken?.accepted, taken?.duplicates, taken?.rejected]).toEqual([2n, 1n, 1n]);
  });

  it("ends an open stream with UNAVAILABLE when the server stops", async () => {
    await using server = await startApiServer();
    const sent = Promise.withResolvers<void>();
    server.sink.before = () => sent.resolve();
    const never = new AbortController();
    async function* batches(): AsyncGenerator<{ records: Record[] }> {
      yield { records: [event("a")] };
      await new Promise<void>((resolve) => never.signal.addEventListener("abort", () => resolve()));
    }
    const call = failure(createClient(IngestService, server.transport(protocol)).publishStream(batches()));
    // A client over HTTP/1.1 that has not ended its request may still be sending its first message.
    await within(sent.promise, "the first message");
    server.shutDown();
    const error = await call;
    never.abort();
    expect(error.code).toBe(Code.Unavailable);
    expect(error.rawMessage).toContain("the server is stopping; connect again");
  });
});

describe("Publish in binary", () => {
  it.each(["grpc", "grpc-web", "connect"] as const)("keeps each record's bytes as they came, over %s", async (protocol) => {
    await using server = await startApiServer();
    // An unknown field 99, and the fields out of order: decoding and encoding again would change both.
    const odd = new Uint8Array([...toBinary(RecordSchema, event("a")), 0x9a, 0x06, 0x01, 0x78]);
    const method = { ...IngestService.method.publish, input: RawPublishRequestSchema };
    const transport = server.transport(protocol);
    const response = await transport.unary(method, undefined, undefined, undefined, { records: [odd] });
    expect(response.message.results.map(({ status }) => status)).toEqual([RecordStatus.ACCEPTED]);
    expect(server.sink.taken.map((bytes) => Buffer.from(bytes).toString("hex"))).toEqual([Buffer.from(odd).toString("hex")]);
  });

  it("names the protocol as the source of the records", async () => {
    await using server = await startApiServer();
    for (const protocol of ["grpc", "grpc-web", "connect"] as const) {
      await createClient(IngestService, server.transport(protocol)).publish({ records: [event("a")] });
    }
    expect(server.sink.calls.map(({ call }) => call.source)).toEqual(["grpc", "grpc-web", "connect"]);
  });

  it("answers a broken message with INVALID_ARGUMENT, in gRPC, gRPC-Web and Connect", async () => {
    await using server = await startApiServer();
    const broken = new Uint8Array([0x0a, 0x7f, 0x01]);
    const response = await fetch(server.http1Url + publishPath, {
      method: "POST",
      headers: { "content-type": "application/proto" },
      body: broken,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("the request cannot be parsed: "),
    });

    const frame = new Uint8Array([0, 0, 0, 0, broken.byteLength, ...broken]);
    const web = await fetch(server.http1Url + publishPath, {
      method: "POST",
      headers: { "content-type": "application/grpc-web+proto" },
      body: frame,
    });
    expect(await web.text()).toMatch(/grpc-status: 3\r\n/);

    const stream = await fetch(server.http1Url + publishPath + "Stream", {
      method: "POST",
      headers: { "content-type": "application/connect+proto" },
      body: frame,
    });
    expect(await stream.text()).toMatch(/"code":"invalid_argument"/);
  });

  it("stops submitting when the client goes away", async () => {
    await using server = await startApiServer();
    const aborted = Promise.withResolvers<unknown>();
    server.sink.before = ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          aborted.resolve(signal.reason);
          reject(signal.reason as Error);
        });
        cancel.abort();
      });
    const cancel = new AbortController();
    const error = await failure(
      createClient(IngestService, server.transport("grpc")).publish({ records: [event("a")] }, { signal: cancel.signal }),
    );
    expect(error.code).toBe(Code.Canceled);
    await within(aborted.promise, "the submit's signal");
  });
});
