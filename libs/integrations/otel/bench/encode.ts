// Spans per second, by step: `node --conditions=tapio-source bench/encode.ts`. The bare loop copies finished bytes and hashes ids, which no encoder can avoid.
import { hash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { sampleViews } from "@tapio/testing";
import type { Attribute, PlacedSpan, Span } from "../src/core/types.ts";
import { createOtlpEncoder } from "../src/exporter/otlp-encoder.ts";
import { groupByResource, placeRecord } from "../src/processor/place-record.ts";
import type { RecordBodyOf } from "../src/processor/place-record.ts";

const BATCH = 500;
const RUN_MS = 400;
const RUNS = 3;

const records = sampleViews(BATCH).map((view) => view.decoded().kind as RecordBodyOf);
const placed = records.map(placeRecord);
const encoder = createOtlpEncoder();
const request = encoder.encode(groupByResource(placed, []));
const theirs = placed.map(readableSpan);

const jobs: readonly (readonly [string, () => unknown])[] = [
  ["bare loop: hash ids, copy bytes", bareLoop],
  ["ours: span to bytes", () => encoder.encode(groupByResource(placed, []))],
  ["ours: record to span", () => records.map(placeRecord)],
  ["ours: record to bytes", () => encoder.encode(groupByResource(records.map(placeRecord), []))],
  ["otlp-transformer: span to bytes", () => ProtobufTraceSerializer.serializeRequest(theirs as never)],
  ["gzip level 1 of the request", () => gzipSync(request, { level: 1 })],
  ["gzip level 3 of the request", () => gzipSync(request, { level: 3 })],
  ["gzip level 6 of the request", () => gzipSync(request, { level: 6 })],
];

const results = jobs.map(([name, job]) => ({ name, perSecond: median(Array.from({ length: RUNS }, () => measure(job))) }));
const limit = results[0]?.perSecond ?? 1;
process.stdout.write(`${BATCH} spans per request, ${Math.round(request.length / BATCH)} bytes per span\n`);
for (const { name, perSecond } of results) {
  process.stdout.write(
    `${name.padEnd(36)} ${String(Math.round(perSecond / 1000)).padStart(6)}k spans/s  ${(perSecond / limit).toFixed(2)} of the bare loop\n`,
  );
}
for (const level of [1, 3, 6]) {
  process.stdout.write(`gzip level ${level}: ratio ${(request.length / gzipSync(request, { level }).length).toFixed(1)}\n`);
}

function bareLoop(): Uint8Array {
  for (const record of records) hash("sha256", record.value.id, "hex");
  return request.slice();
}

function measure(job: () => unknown): number {
  for (let i = 0; i < 20; i++) job();
  const start = performance.now();
  let rounds = 0;
  while (performance.now() - start < RUN_MS) {
    job();
    rounds++;
  }
  return (rounds * BATCH * 1000) / (performance.now() - start);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** The same span in the form that otlp-transformer takes: the SDK's ReadableSpan, as plain data. */
function readableSpan({ span, source }: PlacedSpan): object {
  return {
    name: span.name,
    kind: 0,
    spanContext: () => ({ traceId: span.traceId, spanId: span.spanId, traceFlags: 1 }),
    parentSpanContext: { traceId: span.traceId, spanId: span.parentSpanId, traceFlags: 1, isRemote: true },
    startTime: hrTime(span.startTimeUnixNano),
    endTime: hrTime(span.endTimeUnixNano),
    status: span.error === undefined ? { code: 0 } : { code: 2, message: span.error.message },
    attributes: attributesOf(span.attributes),
    links: span.links.map((link) => ({
      context: { traceId: link.traceId, spanId: link.spanId, traceFlags: 1 },
      attributes: attributesOf(link.attributes),
    })),
    events: span.events.map((event) => ({
      name: event.name,
      time: hrTime(event.timeUnixNano),
      attributes: attributesOf(event.attributes),
    })),
    duration: [0, 0],
    ended: true,
    resource: { attributes: { "service.name": source?.kind ?? "" }, asyncAttributesPending: false },
    instrumentationScope: { name: "bench", version: "1" },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function hrTime(nanos: Span["startTimeUnixNano"]): [number, number] {
  return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)];
}

function attributesOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value]));
}
