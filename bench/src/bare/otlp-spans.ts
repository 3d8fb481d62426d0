import type { Record } from "@tapio/contracts/domain/v1/record";

/** An ExportTraceServiceRequest by hand, into one growing buffer: https://github.com/open-telemetry/opentelemetry-proto */
export interface OtlpSpans {
  readonly count: number;
  add(record: Record): void;
  /** The request with the spans so far, which are forgotten. */
  take(): Buffer;
}

/** The largest span that is written; the benchmark's are some 700 bytes. */
const SPAN_BYTES_MAX = 4096;
/** Field numbers with the wire type of bytes, or of a 64-bit number. */
const TAG = {
  traceId: 0x0a,
  spanId: 0x12,
  name: 0x2a,
  kind: 0x30,
  start: 0x39,
  end: 0x41,
  attribute: 0x4a,
  key: 0x0a,
  value: 0x12,
  text: 0x0a,
};
const SPAN_TAG = 0x12;
const REQUEST_TAG = 0x0a;
const KIND_INTERNAL = 1;

export function createOtlpSpans(): OtlpSpans {
  let bytes = Buffer.alloc(1024 * 1024);
  const span = Buffer.alloc(SPAN_BYTES_MAX);
  let at = 0;
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(record) {
      const size = writeSpan(span, record);
      if (at + size + 8 > bytes.length) bytes = Buffer.concat([bytes], bytes.length * 2);
      bytes[at++] = SPAN_TAG;
      at = writeVarint(bytes, at, size);
      at += span.copy(bytes, at, 0, size);
      count += 1;
    },
    take() {
      // ResourceSpans { ScopeSpans { Span } }
      const scope = wrapped(SPAN_TAG, bytes.subarray(0, at));
      at = 0;
      count = 0;
      return wrapped(REQUEST_TAG, scope);
    },
  };
}

function wrapped(tag: number, content: Uint8Array): Buffer {
  const head = Buffer.alloc(6);
  head[0] = tag;
  return Buffer.concat([head.subarray(0, writeVarint(head, 1, content.length)), content]);
}

function writeSpan(span: Buffer, { kind }: Record): number {
  if (kind.case !== "event") throw new Error("the benchmark sends events");
  const { id, type, time, source, trace, message, resources, labels } = kind.value;
  span[0] = TAG.traceId;
  span[1] = 16;
  span.write(trace?.traceId ?? "", 2, "hex");
  span[18] = TAG.spanId;
  span[19] = 8;
  span.write(trace?.spanId ?? "", 20, "hex");
  let at = writeText(span, 28, TAG.name, type);
  span[at++] = TAG.kind;
  span[at++] = KIND_INTERNAL;
  const nanos = (time?.seconds ?? 0n) * 1_000_000_000n + BigInt(time?.nanos ?? 0);
  for (const tag of [TAG.start, TAG.end]) {
    span[at++] = tag;
    at = span.writeBigUInt64LE(nanos, at);
  }
  at = writeAttribute(span, at, "tapio.record.id", id);
  at = writeAttribute(span, at, "tapio.source.kind", source?.kind ?? "");
  at = writeAttribute(span, at, "tapio.source.node", source?.node ?? "");
  at = writeAttribute(span, at, "tapio.source.cluster", source?.cluster ?? "");
  at = writeAttribute(span, at, "tapio.message", message);
  for (const resource of resources) at = writeAttribute(span, at, `tapio.resource.${resource.kind}`, resource.name);
  for (const [key, value] of Object.entries(labels)) at = writeAttribute(span, at, key, value);
  return at;
}

function writeAttribute(span: Buffer, start: number, key: string, value: string): number {
  span[start] = TAG.attribute;
  // Two bytes of length are enough for any of these; the first says that there is a second.
  let at = writeText(span, start + 3, TAG.key, key);
  const size = Buffer.byteLength(value);
  span[at++] = TAG.value;
  at = writeVarint(span, at, size + 1 + (size > 0x7f ? 2 : 1));
  at = writeText(span, at, TAG.text, value);
  const length = at - start - 3;
  span[start + 1] = (length & 0x7f) | 0x80;
  span[start + 2] = length >>> 7;
  return at;
}

function writeText(span: Buffer, start: number, tag: number, text: string): number {
  span[start] = tag;
  const at = writeVarint(span, start + 1, Buffer.byteLength(text));
  return at + span.write(text, at);
}

function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let left = value;
  for (; left > 0x7f; left >>>= 7) bytes[at++] = (left & 0x7f) | 0x80;
  bytes[at++] = left;
  return at;
}
