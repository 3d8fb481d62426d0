import type { Correlation } from "@tapio/contracts/domain/v1/correlation";
import type { Event } from "@tapio/contracts/domain/v1/event";
import type { Finding } from "@tapio/contracts/domain/v1/finding";
import { createAttributeSet } from "../src/enricher/attribute-set.ts";
import type { AttributeSet } from "../src/enricher/attribute-set.ts";
import { createOtlpEncoder } from "../src/exporter/otlp-encoder.ts";
import type { RecordBodyOf } from "../src/processor/write-span.ts";
import { finishMessage, openMessage, closeMessage, createProtobufWriter } from "../src/wire/protobuf-writer.ts";
import { decodedSpans, decodeRequest } from "./otlp-reference.ts";
import type { DecodedAttribute, DecodedPart } from "./otlp-reference.ts";

/** An attribute as it is on the wire: with its type, and numbers as numbers. */
export interface WrittenAttribute {
  readonly key: string;
  readonly type: "string" | "bool" | "int" | "double" | "array";
  readonly value: unknown;
}

interface WrittenPart {
  readonly attributes: readonly WrittenAttribute[];
  readonly droppedAttributesCount: number;
}

/** A span as OpenTelemetry's own classes read it, with proto3's defaults filled in. */
export interface WrittenSpan extends WrittenPart {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly name: string;
  readonly startTimeUnixNano: bigint;
  readonly endTimeUnixNano: bigint;
  readonly events: readonly (WrittenPart & { readonly name: string; readonly timeUnixNano: bigint })[];
  readonly droppedEventsCount: number;
  readonly links: readonly (WrittenPart & { readonly traceId: string; readonly spanId: string })[];
  readonly droppedLinksCount: number;
  /** Absent: the status is unset. */
  readonly error: { readonly message: string } | undefined;
}

export const eventSpan = (value: Event): WrittenSpan => writtenSpan({ case: "event", value });
export const findingSpan = (value: Finding): WrittenSpan => writtenSpan({ case: "finding", value });
export const correlationSpan = (value: Correlation): WrittenSpan => writtenSpan({ case: "correlation", value });

/** A request of these records, in this order. */
export function encodeRecords(records: readonly RecordBodyOf[], configured: readonly { key: string; value: string }[] = []): Uint8Array {
  const encoder = createOtlpEncoder(configured);
  for (const record of records) encoder.add(record);
  return encoder.finish().request(0, records.length);
}

/** What `put` writes, and how much of it was dropped. */
export function writtenAttributes(put: (set: AttributeSet) => void): { attributes: WrittenAttribute[]; droppedCount: number } {
  const writer = createProtobufWriter();
  const marks = [1, 2, 2].map((field) => openMessage(writer, field));
  const set = createAttributeSet(writer, 9);
  put(set);
  for (const mark of marks.reverse()) closeMessage(writer, mark);
  const [span] = decodedSpans(decodeRequest(finishMessage(writer)));
  return { attributes: (span?.attributes ?? []).map(attribute), droppedCount: set.droppedCount };
}

function writtenSpan(record: RecordBodyOf): WrittenSpan {
  const [span] = decodedSpans(decodeRequest(encodeRecords([record])));
  if (span === undefined) throw new Error("there is no span in the request");
  const { traceId, spanId, parentSpanId = "", traceState = "", flags = 0, name } = span;
  return {
    ...{ traceId, spanId, parentSpanId, traceState, flags, name },
    startTimeUnixNano: BigInt(span.startTimeUnixNano),
    endTimeUnixNano: BigInt(span.endTimeUnixNano),
    ...part(span),
    events: (span.events ?? []).map((event) => ({ ...part(event), name: event.name ?? "", timeUnixNano: BigInt(event.timeUnixNano ?? 0) })),
    droppedEventsCount: span.droppedEventsCount ?? 0,
    links: (span.links ?? []).map((link) => ({ ...part(link), traceId: link.traceId ?? "", spanId: link.spanId ?? "" })),
    droppedLinksCount: span.droppedLinksCount ?? 0,
    error: span.status?.code === "STATUS_CODE_ERROR" ? { message: span.status.message ?? "" } : undefined,
  };
}

function part({ attributes = [], droppedAttributesCount = 0 }: DecodedPart): WrittenPart {
  return { attributes: attributes.map(attribute), droppedAttributesCount };
}

function attribute({ key, value }: DecodedAttribute): WrittenAttribute {
  const [[kind = "", inner] = []] = Object.entries(value as Record<string, unknown>);
  return { key, type: kind.replace("Value", "") as WrittenAttribute["type"], value: plain(kind, inner) };
}

function plain(kind: string, value: unknown): unknown {
  if (kind === "intValue") return Number(value);
  if (kind !== "arrayValue") return value;
  return ((value as { values?: object[] }).values ?? []).map((item) => {
    const [[itemKind = "", inner] = []] = Object.entries(item);
    return plain(itemKind, inner);
  });
}
