// CPU time per span, by step: `node --conditions=tapio-source bench/encode.ts`. The bare loop hashes ids and copies finished bytes, which no
// encoder can avoid. CPU time, since the machine may be shared; gzip's is measured on this thread, where in the gateway it has one of its own.
import { hash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { createRecordView } from "@tapio/domain";
import { sampleViews } from "@tapio/testing";
import { createOtlpEncoder } from "../src/exporter/otlp-encoder.ts";
import type { RecordBodyOf } from "../src/processor/write-span.ts";
import { attributesOf, decodedSpans, decodeRequest } from "../test/otlp-reference.ts";
import type { DecodedSpan } from "../test/otlp-reference.ts";

const BATCH = 500;
const ROUNDS = 20;
const RUNS = 7;

const views = sampleViews(BATCH);
const records = views.map((view) => view.decoded().kind as RecordBodyOf);
const encoder = createOtlpEncoder([]);
const request = encode(records);
const theirs = decodedSpans(decodeRequest(request)).map(readableSpan);

const jobs: readonly (readonly [string, () => unknown])[] = [
  ["bare loop: hash ids, copy bytes", bareLoop],
  ["ours: decoded record to request", () => encode(records)],
  [
    "ours: record's bytes to request",
    () => encode(views.map(({ bytes, header }) => createRecordView(bytes, header).decoded().kind as RecordBodyOf)),
  ],
  ["otlp-transformer: span to bytes", () => ProtobufTraceSerializer.serializeRequest(theirs as never)],
  ["gzip level 1 of the request", () => gzipSync(request, { level: 1 })],
  ["gzip level 3 of the request", () => gzipSync(request, { level: 3 })],
  ["gzip level 6 of the request", () => gzipSync(request, { level: 6 })],
];

const results = jobs.map(([name, job]) => ({ name, micros: median(Array.from({ length: RUNS }, () => measure(job))) }));
const limit = results[0]?.micros ?? 1;
process.stdout.write(`${BATCH} spans per request, ${Math.round(request.length / BATCH)} bytes per span, medians of ${RUNS} runs\n`);
for (const { name, micros } of results) {
  process.stdout.write(
    `${name.padEnd(34)} ${micros.toFixed(2).padStart(6)} us  ${String(Math.round(1000 / micros)).padStart(5)}k spans/s  ${(limit / micros).toFixed(2)} of the bare loop\n`,
  );
}

function encode(of: readonly RecordBodyOf[]): Uint8Array {
  for (const record of of) encoder.add(record);
  const batch = encoder.finish();
  const bytes = batch.request(0, of.length);
  batch.release();
  return bytes;
}

function bareLoop(): Uint8Array {
  for (const record of records) hash("sha256", record.value.id, "hex");
  return request.slice();
}

function measure(job: () => unknown): number {
  for (let round = 0; round < ROUNDS / 2; round++) job();
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++) job();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (ROUNDS * BATCH);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** The same span in the form that otlp-transformer takes: the SDK's ReadableSpan, as plain data. */
function readableSpan(span: DecodedSpan): object {
  return {
    name: span.name,
    kind: 0,
    spanContext: () => ({ traceId: span.traceId, spanId: span.spanId, traceFlags: 1 }),
    parentSpanContext: { traceId: span.traceId, spanId: span.parentSpanId, traceFlags: 1, isRemote: true },
    startTime: hrTime(span.startTimeUnixNano),
    endTime: hrTime(span.endTimeUnixNano),
    status: span.status === undefined ? { code: 0 } : { code: 2, message: span.status.message },
    attributes: attributesOf(span),
    links: (span.links ?? []).map((link) => ({
      context: { traceId: link.traceId, spanId: link.spanId, traceFlags: 1 },
      attributes: attributesOf(link),
    })),
    events: (span.events ?? []).map((event) => ({
      name: event.name,
      time: hrTime(event.timeUnixNano ?? "0"),
      attributes: attributesOf(event),
    })),
    duration: [0, 0],
    ended: true,
    resource: { attributes: { "service.name": "tapio-agent" }, asyncAttributesPending: false },
    instrumentationScope: { name: "bench", version: "1" },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function hrTime(nanos: string): [number, number] {
  return [Number(BigInt(nanos) / 1_000_000_000n), Number(BigInt(nanos) % 1_000_000_000n)];
}
