import { readFileSync } from "node:fs";
import type { Event } from "@tapio/contracts/domain/v1/event";
import type { Record } from "@tapio/contracts/domain/v1/record";
import { Outcome, Severity } from "@tapio/contracts/domain/v1/types";
import { encodeRecord, scanRecord } from "@tapio/domain";
import { describe, expect, it } from "vitest";
import { decodeOccurrences } from "./decode-occurrences.ts";
import type { DecodedOccurrence } from "./occurrence.ts";

const context = { node: "10.0.0.7", cluster: "edge", observedAtMs: 1_793_534_460_000 };
const limits = { occurrencesMax: 100, valuesMax: 100_000 };
const recorded = readFileSync(new URL("./testdata/occurrences.json", import.meta.url));

function decodeAll(body: string | Uint8Array): readonly DecodedOccurrence[] {
  const decoded = decodeOccurrences(typeof body === "string" ? new TextEncoder().encode(body) : body, context, limits);
  if (!decoded.ok) throw new Error(decoded.reason);
  return [...decoded.occurrences];
}

function eventOf(entry: DecodedOccurrence | undefined): Event {
  if (entry === undefined || !("record" in entry) || entry.record.kind.case !== "event") throw new Error(JSON.stringify(entry));
  return entry.record.kind.value;
}

function recordOf(entry: DecodedOccurrence): Record {
  if (!("record" in entry)) throw new Error(JSON.stringify(entry));
  return entry.record;
}

function occurrence(change: object): string {
  return JSON.stringify({ id: "01K9", timestamp: "2026-11-01T12:00:01.5Z", source: "tapio", type: "a.b.c", severity: "info", ...change });
}

describe("the recorded occurrences of an agent", () => {
  it("all become events, one of each type that the agent sends", () => {
    const types = decodeAll(recorded).map((entry) => eventOf(entry).type);
    expect(types).toEqual([
      "kernel.network.connection_refused",
      "kernel.network.connection_timeout",
      "kernel.network.retransmit_spike",
      "kernel.network.rtt_degradation",
      "kernel.container.oom_kill",
      "kernel.container.abnormal_exit",
      "kernel.storage.io_error",
      "kernel.storage.latency_spike",
      "kernel.node.cpu_stall",
      "kernel.node.memory_pressure",
      "kernel.node.ipc_degradation",
    ]);
  });

  it("keep severity, outcome, error, reasoning, resources, trace and keys", () => {
    const event = eventOf(decodeAll(recorded)[4]);
    expect(event).toMatchObject({
      severity: Severity.CRITICAL,
      outcome: Outcome.FAILURE,
      message: "container checkout was killed: it reached its memory limit of 512 MiB",
      source: { kind: "tapio-agent", cluster: "prod-1", node: "worker-3" },
      error: { code: "OOM_KILLED", suggestedFix: "raise the limit or find the leak", possibleCauses: ["memory leak", "limit too low"] },
      reasoning: { confidence: 0.93, patternsMatched: ["memory.leak"] },
      trace: { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" },
      correlationKeys: ["pod:shop/checkout-7d4b9", "node:worker-3"],
    });
    expect(event.resources.map(({ kind, name, namespace }) => `${kind} ${namespace}/${name}`)).toEqual([
      "pod shop/checkout-7d4b9",
      "container shop/checkout",
    ]);
  });

  it("keep integers beyond 2^53 as the string of their digits", () => {
    expect(eventOf(decodeAll(recorded)[4]).data).toMatchObject({
      cgroup_id: "18446744073709551557",
      timestamp_ns: "1793534400123456789",
      pid: 9001,
    });
  });

  it("keep what has no field of its own", () => {
    expect(eventOf(decodeAll(recorded)[4]).data).toMatchObject({ "tapio.extra": { history: { similar_last_24h: 3 } } });
  });

  it("take node and cluster from the transport where the agent leaves them out", () => {
    expect(eventOf(decodeAll(recorded)[0]).source).toMatchObject({ node: "10.0.0.7", cluster: "edge" });
  });
});

describe("one occurrence", () => {
  it("may come without its array", () => {
    expect(decodeAll(occurrence({}))).toHaveLength(1);
  });

  it("keeps its namespace as a resource when it names no entities", () => {
    expect(eventOf(decodeAll(occurrence({ context: { namespace: "shop" } }))[0]).resources).toMatchObject([
      { kind: "namespace", name: "shop", namespace: "shop" },
    ]);
  });

  it("takes null for absent, an all-zero trace id too, and an empty data", () => {
    const event = eventOf(decodeAll(occurrence({ error: null, data: null, context: { trace_id: "0".repeat(32), span_id: null } }))[0]);
    expect([event.error, event.trace, event.data]).toEqual([undefined, undefined, {}]);
  });

  it("keeps a number that no double can hold, and doubles as they are", () => {
    expect(
      eventOf(decodeAll(occurrence({}).replace("{", '{"data":{"a":1e999,"b":0.1234567890123456789,"c":-12345678901234567890},'))[0]).data,
    ).toEqual({
      a: "1e999",
      b: 0.12345678901234568,
      c: "-12345678901234567890",
    });
  });

  it.each<[string, object, string, string]>([
    ["no id", { id: undefined }, "id", "is missing: the ULID of the occurrence"],
    ["an id with a blank", { id: "a b" }, "id", "must be 1 to 128 of A-Z a-z 0-9 _ -"],
    ["no type", { type: undefined }, "type", "is missing: e.g. kernel.container.oom_kill"],
    ["a type with a blank", { type: "a b" }, "type", "must be dotted segments of A-Z a-z 0-9 _ -, e.g. kernel.container.oom_kill"],
    ["no timestamp", { timestamp: undefined }, "timestamp", "is missing: RFC 3339, e.g. 2026-11-01T12:00:00.123456789+00:00"],
    ["a timestamp that is none", { timestamp: "noon" }, "timestamp", '"noon" is not RFC 3339, e.g. 2026-11-01T12:00:00.123456789+00:00'],
    ["a timestamp that is a number", { timestamp: 5 }, "timestamp", "must be a string, not a number"],
    ["an unknown severity", { severity: "loud" }, "severity", '"loud" is none of debug, info, warning, error, critical'],
    ["an unknown outcome", { outcome: "won" }, "outcome", '"won" is none of success, failure, timeout, in_progress, unknown'],
    ["a newer protocol", { protocol_version: "2.0" }, "protocol_version", 'is "2.0"; this gateway reads 1.x'],
    ["data that is a list", { data: [] }, "data", "must be a JSON object, not a list"],
    ["a short trace id", { context: { trace_id: "abc" } }, "context.trace_id", "must be 32 hexadecimal digits"],
    ["entities that are no list", { context: { entities: {} } }, "context.entities", "must be a list, not an object"],
    ["an entity that is null", { context: { entities: [null] } }, "context.entities[0]", "must be a JSON object, not null"],
    ["a confidence above one", { reasoning: { confidence: 1.5 } }, "reasoning.confidence", "must be between 0 and 1"],
    [
      "a namespace that would be repeated for each entity",
      { context: { namespace: "n".repeat(254) } },
      "context.namespace",
      "must have at most 253 characters, not 254",
    ],
    [
      "a cluster longer than a name",
      { context: { cluster: "n".repeat(254) } },
      "context.cluster",
      "must have at most 253 characters, not 254",
    ],
    ["a node longer than a name", { context: { node: "n".repeat(254) } }, "context.node", "must have at most 253 characters, not 254"],
    ["a confidence that is text", { reasoning: { confidence: "1" } }, "reasoning.confidence", "must be a number, not a string"],
  ])("with %s is refused by the field's name", (_name, change, field, reason) => {
    expect(decodeAll(occurrence(change))[0]).toMatchObject({ problem: { field, reason } });
  });

  it("that nests too deep is refused, wherever it nests", () => {
    const deep = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
    const bodies = [`"data":{"a":${deep}}`, `"history":${deep}`, `"context":{"correlation_keys":[${deep}]}`].map((part) =>
      occurrence({}).replace("{", `{${part},`),
    );
    expect(bodies.map((body) => decodeAll(body)[0])).toMatchObject([
      { problem: { id: "01K9", field: "data", reason: "is nested more than 30 levels deep" } },
      { problem: { id: "01K9", field: "history" } },
      { problem: { id: "01K9", field: "context.correlation_keys" } },
    ]);
  });

  it("that is no object is refused", () => {
    expect(decodeAll("[7]")[0]).toEqual({ problem: { field: "occurrence", reason: "must be a JSON object, not a number" } });
  });
});

describe("what has no field in the event", () => {
  it("is kept under tapio.extra, at the path that it has in the occurrence", () => {
    const change = {
      data: { pid: 1 },
      history: { similar: 3 },
      entities: "of the occurrence itself",
      context: {
        namespace: "shop",
        zone: "b",
        entities: [
          { kind: "Pod", name: "a" },
          { kind: "Node", labels: { tier: "1" } },
        ],
      },
      error: { code: "E", retries: 2 },
      reasoning: { summary: "s", model: "m" },
    };
    expect(eventOf(decodeAll(occurrence(change))[0]).data).toEqual({
      pid: 1,
      "tapio.extra": {
        history: { similar: 3 },
        entities: "of the occurrence itself",
        context: { zone: "b", entities: [{}, { labels: { tier: "1" } }] },
        error: { retries: 2 },
        reasoning: { model: "m" },
      },
    });
  });

  it("does not take the place of a tapio.extra that the agent itself wrote", () => {
    const change = { data: { "tapio.extra": "mine" }, history: 1 };
    expect(eventOf(decodeAll(occurrence(change))[0]).data).toEqual({ "tapio.extra": { history: 1, data: { "tapio.extra": "mine" } } });
  });

  it("leaves data as it is when there is nothing of it", () => {
    const change = {
      context: { node: "a", entities: [{ kind: "pod", id: "u", name: "n", version: "1" }] },
      error: { code: "E" },
      reasoning: {},
    };
    expect(eventOf(decodeAll(occurrence(change))[0]).data).toEqual({});
  });

  it("may nest as deep as a scan of the record allows, wherever it stands, and no deeper", () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });
    const withExtras = (levels: number): string =>
      JSON.stringify([
        { ...(JSON.parse(occurrence({ data: nested(levels) })) as object) },
        { ...(JSON.parse(occurrence({ history: nested(levels) })) as object) },
        { ...(JSON.parse(occurrence({ context: { zone: nested(levels - 1) } })) as object) },
        { ...(JSON.parse(occurrence({ context: { entities: [{ labels: nested(levels - 3) }] } })) as object) },
      ]);
    const taken = decodeAll(withExtras(30)).map((entry) => scanRecord(encodeRecord(recordOf(entry))).ok);
    expect(taken).toEqual([true, true, true, true]);
    expect(decodeAll(withExtras(31))).toMatchObject([
      { problem: { field: "data", reason: "is nested more than 30 levels deep" } },
      { problem: { field: "history", reason: "is nested more than 30 levels deep" } },
      { problem: { field: "context.zone", reason: "is nested more than 29 levels deep" } },
      { problem: { field: "context.entities[0].labels", reason: "is nested more than 27 levels deep" } },
    ]);
  });
});

describe("the size of one occurrence", () => {
  it.each<[string, object, string]>([
    ["entities", { context: { entities: Array(1_001).fill({}) } }, "context.entities"],
    ["keys", { context: { correlation_keys: Array(1_001).fill("k") } }, "context.correlation_keys"],
    ["causes", { error: { possible_causes: Array(1_001).fill("c") } }, "error.possible_causes"],
    ["links of the causal chain", { reasoning: { causal_chain: Array(1_001).fill("c") } }, "reasoning.causal_chain"],
    ["patterns", { reasoning: { patterns_matched: Array(1_001).fill("p") } }, "reasoning.patterns_matched"],
  ])("is bounded by 1000 %s", (_name, change, field) => {
    expect(decodeAll(occurrence(change))[0]).toEqual({
      problem: { id: "01K9", field, reason: "must have at most 1000 entries, not 1001" },
    });
    const text = occurrence(change).replace(/(\{\}|"[kcp]"),/, "");
    expect("record" in (decodeAll(text)[0] ?? {})).toBe(true);
  });

  it("is bounded by 20,000 values without a field of their own, wherever they stand", () => {
    const reason = "is too much: an occurrence may have 20000 values that have no field of their own";
    const wide = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, n]));
    const changes = [{ data: { a: Array(19_999).fill(0) } }, { data: wide(15_000), x: wide(5_000) }, wide(20_001), { error: wide(20_001) }];
    expect(decodeAll(`[${changes.map(occurrence).join(",")}]`)).toEqual([
      { problem: { id: "01K9", field: "data", reason } },
      { problem: { id: "01K9", field: "x", reason } },
      { problem: { id: "01K9", field: "k20000", reason } },
      { problem: { id: "01K9", field: "error.k20000", reason } },
    ]);
    expect("record" in (decodeAll(occurrence({ data: { a: Array(19_998).fill(0) } }))[0] ?? {})).toBe(true);
  });

  it("does not make a problem long: a name that the sender chose is cut", () => {
    const entry = decodeAll(occurrence({ ["n".repeat(5_000)]: Array(20_000).fill(0) }))[0];
    expect(entry).toMatchObject({ problem: { field: "n".repeat(64) } });
  });
});

describe("a body", () => {
  it("with more occurrences than may be is refused before any is decoded", () => {
    expect(decodeOccurrences(new TextEncoder().encode("[0,0,0]"), context, { ...limits, occurrencesMax: 2 })).toEqual({
      ok: false,
      code: "TOO_MANY_OCCURRENCES",
      reason: "3 occurrences in one request; the limit is 2",
    });
  });

  it("with more values than may be is refused before it is parsed: it need not even be JSON", () => {
    const decode = (text: string): unknown => decodeOccurrences(new TextEncoder().encode(text), context, { ...limits, valuesMax: 5 });
    expect(decode("[0,0,0,0]")).toMatchObject({ ok: true });
    expect(decode("[0,0,0,0,0")).toEqual({ ok: false, code: "TOO_MANY_VALUES", reason: "the body has more than 5 JSON values" });
  });

  it("that nests without end keeps its numbers' digits all the same", () => {
    const depth = 40_000;
    const text = occurrence({}).replace("{", `{"data":{"n":12345678901234567890,"a":${"[".repeat(depth)}${"]".repeat(depth)}},`);
    expect(decodeAll(text)).toMatchObject([{ problem: { field: "data", reason: "is nested more than 30 levels deep" } }]);
  });

  it.each([
    ["that is not JSON", new TextEncoder().encode('[{"id":'), "MALFORMED_JSON", /^the body is not JSON: /],
    ["that is not UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "MALFORMED_JSON", /^the body is not UTF-8$/],
    ["that is empty", new Uint8Array(), "MALFORMED_JSON", /^the body is not JSON: /],
    ["that is a number", new TextEncoder().encode("7"), "INVALID_FIELD", /^the body must be an array of occurrences, or one occurrence$/],
  ])("%s is refused as a whole", (_name, body, code, reason) => {
    expect(decodeOccurrences(body, context, limits)).toMatchObject({ ok: false, code, reason: expect.stringMatching(reason) as string });
  });

  it("that is an empty array is right", () => {
    expect(decodeAll("[]")).toEqual([]);
  });
});
