/** The spans of a batch, one behind the other, each as the encoded field `ScopeSpans.spans`. */
export interface EncodedSpans {
  readonly bytes: Uint8Array;
  /** Where each span ends. */
  readonly ends: readonly number[];
  /** The index of each span's group: those of one Resource. */
  readonly groupOf: readonly number[];
  /** Per group, the encoded field `ResourceSpans.resource`. */
  readonly resources: readonly Uint8Array[];
  /** The encoded field `ScopeSpans.scope`. */
  readonly scope: Uint8Array;
}

const RESOURCE_SPANS_TAG = 0x0a;
const SCOPE_SPANS_TAG = 0x12;

/** What one group has in a request. */
interface Part {
  readonly resource: Uint8Array;
  spansBytes: number;
}

/**
 * An `ExportTraceServiceRequest` of the spans from `start` up to, not including, `end`: groups in the order of their first span, spans in
 * their order. All lengths are known before, so that each byte is copied once, into what `roomOf` gives for so many bytes.
 */
export function assembleRequest(
  batch: EncodedSpans,
  start: number,
  end: number,
  roomOf: (bytes: number) => Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const parts = new Map<number, Part>();
  for (let span = start; span < end; span++) {
    const index = batch.groupOf[span] ?? 0;
    const part = parts.get(index) ?? newPart(parts, batch, index);
    part.spansBytes += (batch.ends[span] ?? 0) - startOf(batch, span);
  }
  let length = 0;
  for (const part of parts.values()) length += fieldLength(resourceSpansLength(batch, part));
  const out = roomOf(length);
  let at = 0;
  for (const [index, part] of parts) {
    at = putHead(out, at, RESOURCE_SPANS_TAG, resourceSpansLength(batch, part));
    at = putBytes(out, at, part.resource);
    at = putHead(out, at, SCOPE_SPANS_TAG, batch.scope.length + part.spansBytes);
    at = putBytes(out, at, batch.scope);
    at = putSpans(out, at, batch, start, end, index);
  }
  return out;
}

function newPart(parts: Map<number, Part>, { resources }: EncodedSpans, index: number): Part {
  const resource = resources[index];
  if (resource === undefined) throw new RangeError(`the batch has no group ${index}`);
  const part = { resource, spansBytes: 0 };
  parts.set(index, part);
  return part;
}

function resourceSpansLength({ scope }: EncodedSpans, { resource, spansBytes }: Part): number {
  return resource.length + fieldLength(scope.length + spansBytes);
}

/** Neighbours of one group go in one piece. */
function putSpans(out: Uint8Array, start: number, batch: EncodedSpans, first: number, end: number, index: number): number {
  let at = start;
  for (let span = first; span < end; span++) {
    if (batch.groupOf[span] !== index) continue;
    const from = startOf(batch, span);
    while (span + 1 < end && batch.groupOf[span + 1] === index) span++;
    at = putBytes(out, at, batch.bytes.subarray(from, batch.ends[span]));
  }
  return at;
}

function startOf({ ends }: EncodedSpans, span: number): number {
  return span === 0 ? 0 : (ends[span - 1] ?? 0);
}

/** A length-delimited field with a tag of one byte. */
function fieldLength(length: number): number {
  let lengthBytes = 1;
  for (let rest = length; rest > 0x7f; rest = Math.floor(rest / 128)) lengthBytes++;
  return 1 + lengthBytes + length;
}

function putHead(out: Uint8Array, start: number, tag: number, length: number): number {
  let at = start;
  out[at++] = tag;
  let rest = length;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) out[at++] = (rest % 128) | 0x80;
  out[at++] = rest;
  return at;
}

function putBytes(out: Uint8Array, at: number, bytes: Uint8Array): number {
  out.set(bytes, at);
  return at + bytes.length;
}
