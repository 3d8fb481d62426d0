import { fromBinary } from "@bufbuild/protobuf";
import { type Record, RecordSchema } from "@tapio/contracts/domain/v1/record";
import { Overloaded, type RecordSink } from "@tapio/integration-core";
import { createFakeClock, noopMeter } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { createAdmission } from "./admission.ts";
import { createOccurrencesEndpoint } from "./occurrences-endpoint.ts";
import type { SourceResponse } from "./source-endpoint.ts";
import { createFakeJournal, type FakeJournal } from "./testdata/fake-journal.ts";

const good = {
  id: "01K9",
  timestamp: "2026-11-01T12:00:01.5Z",
  source: "tapio",
  type: "kernel.node.cpu_stall",
  severity: "warning",
  data: { pid: 1 },
};
const signal = new AbortController().signal;

async function post(
  body: unknown,
  options: { url?: string; sink?: RecordSink; peerAddress?: string; batchRecordsMax?: number } = {},
): Promise<{ response: SourceResponse; journal: FakeJournal }> {
  const journal = createFakeJournal();
  const clock = createFakeClock();
  const sink = options.sink ?? createAdmission({ journal, clock, meter: noopMeter });
  const endpoint = createOccurrencesEndpoint({ sink, clock, batchRecordsMax: options.batchRecordsMax ?? 3 });
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await endpoint.handle({
    url: options.url ?? "/v1/occurrences",
    headers: {},
    body: new TextEncoder().encode(text),
    peerAddress: options.peerAddress ?? "::ffff:10.0.0.7",
    hangup: { signal },
  });
  return { response, journal };
}

function recordOf(journal: FakeJournal): Record {
  return fromBinary(RecordSchema, journal.appended[0]?.bytes ?? new Uint8Array());
}

describe("POST /v1/occurrences", () => {
  it("answers 200 with the counts when records were taken", async () => {
    const { response, journal } = await post([good, { ...good, id: "01KA" }, good]);
    expect([response.status, JSON.parse(response.body)]).toEqual([200, { accepted: 2, duplicates: 1, rejected: 0, rejections: [] }]);
    expect(journal.appended.map(({ id }) => id)).toEqual(["01K9", "01KA"]);
  });

  it("takes the node from the peer's address, without the form of IPv4 in IPv6", async () => {
    const { journal } = await post([good]);
    expect(recordOf(journal)).toMatchObject({ kind: { value: { source: { kind: "tapio-agent", node: "10.0.0.7" } } } });
  });

  it("takes node and cluster from the URL before the peer's address", async () => {
    const { journal } = await post([good], { url: "/v1/occurrences?node=worker%203&cluster=prod" });
    expect(recordOf(journal)).toMatchObject({ kind: { value: { source: { node: "worker 3", cluster: "prod" } } } });
  });

  it("answers 200 and lists the rejections when a part was refused, since the agent drops a whole batch on anything else", async () => {
    const { response, journal } = await post([{ ...good, severity: "loud" }, good]);
    expect([response.status, JSON.parse(response.body)]).toEqual([
      200,
      {
        accepted: 1,
        duplicates: 0,
        rejected: 1,
        rejections: [{ index: 0, id: "01K9", field: "severity", reason: '"loud" is none of debug, info, warning, error, critical' }],
      },
    ]);
    expect(journal.appended).toHaveLength(1);
  });

  it("answers 400 with the first field when every record was refused", async () => {
    const { response } = await post([{ ...good, type: undefined }]);
    expect([response.status, (JSON.parse(response.body) as { error: unknown }).error]).toEqual([
      400,
      { code: "INVALID_FIELD", message: "occurrences[0].type: is missing: e.g. kernel.container.oom_kill" },
    ]);
  });

  it("takes an empty batch", async () => {
    expect((await post([])).response.status).toBe(200);
  });

  it("stays below the 8 KiB that the agent reads, however much it refuses", async () => {
    const { response } = await post([1, 2, 3].map((n) => ({ ...good, id: "i".repeat(128), severity: `${n}${"é".repeat(5_000)}` })));
    expect(Buffer.byteLength(response.body)).toBeLessThan(8_192);
  });

  it("stays below the 8 KiB also when every character of what it repeats is escaped to six", async () => {
    const result = { status: "rejected", id: "i".repeat(128), field: "data", reason: "\u0001".repeat(5_000) } as const;
    const { response } = await post([], { sink: { submit: () => Promise.resolve(Array(20).fill(result)) } });
    const answer = JSON.parse(response.body) as { rejected: number; rejections: { index: number }[] };
    expect([answer.rejected, answer.rejections.map(({ index }) => index)]).toEqual([20, [0, 1, 2, 3]]);
    expect(Buffer.byteLength(response.body)).toBeLessThan(8_192);
  });

  it("answers 413 to a text that would become far more objects than records need, without parsing it", async () => {
    const { response } = await post(`[${"{},".repeat(500_001)}`, { batchRecordsMax: 10_000 });
    expect([response.status, JSON.parse(response.body)]).toEqual([
      413,
      { error: { code: "PAYLOAD_TOO_LARGE", message: "the body has more than 1000000 JSON values: send fewer occurrences at a time" } },
    ]);
  });

  it("takes as many values as a full request of the agent has", async () => {
    const recorded = { ...good, data: Object.fromEntries(Array.from({ length: 75 }, (_, n) => [`k${n}`, n])) };
    const { response } = await post(Array(1_000).fill(recorded), { batchRecordsMax: 1_000 });
    expect(response.status).toBe(200);
  });

  it("answers 413 when small occurrences would become large records", async () => {
    const context = { namespace: "n".repeat(253), entities: Array(1_000).fill({}) as object[] };
    const { response } = await post(Array(270).fill({ ...good, context }), { batchRecordsMax: 10_000 });
    expect([response.status, JSON.parse(response.body)]).toEqual([
      413,
      { error: { code: "PAYLOAD_TOO_LARGE", message: "the occurrences would become too large as records: send fewer at a time" } },
    ]);
  });

  it.each(["node", "cluster"])("answers 400 to a %s in the URL that is longer than a name, since each record repeats it", async (name) => {
    const { response, journal } = await post([good], { url: `/v1/occurrences?${name}=${"x".repeat(254)}` });
    expect([response.status, JSON.parse(response.body)]).toEqual([
      400,
      { error: { code: "INVALID_FIELD", message: `${name} in the URL must have at most 253 characters` } },
    ]);
    expect(journal.appended).toEqual([]);
    expect((await post([good], { url: `/v1/occurrences?${name}=${"x".repeat(253)}` })).response.status).toBe(200);
  });

  it.each([
    ["malformed JSON", '[{"id":', 400, "MALFORMED_JSON"],
    ["a body that is a number", "7", 400, "INVALID_FIELD"],
    ["more occurrences than one request may have", [good, good, good, good], 413, "PAYLOAD_TOO_LARGE"],
  ])("refuses %s", async (_name, body, status, code) => {
    const { response } = await post(body);
    expect([response.status, (JSON.parse(response.body) as { error: { code: string } }).error.code]).toEqual([status, code]);
  });

  it("answers 503 with a retry hint when the gateway cannot take more", async () => {
    const sink: RecordSink = { submit: () => Promise.reject(new Overloaded("too much is waiting to be written", 1_500)) };
    const { response } = await post([good], { sink });
    expect([response.status, response.headers["retry-after"]]).toEqual([503, "2"]);
  });

  it("does not hide a bug", async () => {
    await expect(post([good], { sink: { submit: () => Promise.reject(new TypeError("a bug")) } })).rejects.toThrow(TypeError);
  });
});
