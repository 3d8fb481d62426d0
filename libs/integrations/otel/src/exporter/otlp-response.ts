import { BinaryReader } from "@bufbuild/protobuf/wire";
import { LIMITS } from "../core/limits.ts";

/** OTLP's partial success: the request was taken, some of its spans were not. */
export interface PartialSuccess {
  readonly rejectedSpans: number;
  /** The receiver's own words; with no span rejected, a warning. */
  readonly message: string;
}

const EXCERPT_BYTES_MAX = 64 * 1024;
const NOTHING_REJECTED: PartialSuccess = { rejectedSpans: 0, message: "" };

/**
 * Reads an `ExportTraceServiceResponse` in the form that its content type says. A 2xx means "taken" whatever the body holds, so a
 * broken one says that nothing was rejected.
 */
export function partialSuccessOf(contentType: string, body: Uint8Array): PartialSuccess {
  try {
    return contentType === "application/json" ? partialFromJson(body) : partialFromProtobuf(body);
  } catch {
    return NOTHING_REJECTED;
  }
}

/** The first characters of what an unhappy answer says: a `google.rpc.Status`, or any text; printable, and without secrets. */
export function excerptOf(contentType: string, body: Uint8Array, secrets: readonly string[]): string {
  // More than the excerpt's length, since white space shrinks, and a secret must be seen whole to be hidden.
  const head = body.subarray(0, EXCERPT_BYTES_MAX);
  let text = contentType === "application/x-protobuf" ? statusMessageOf(head) : decodeText(head);
  for (const secret of secrets) text = text.replaceAll(secret, "***");
  return text
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim()
    .slice(0, LIMITS.excerptLengthMax);
}

/** The same of a `grpc-message` header, which is percent-encoded UTF-8 (gRPC over HTTP/2, "Responses"); broken codes stay as they are. */
export function grpcExcerptOf(header: string | undefined, secrets: readonly string[]): string {
  if (header === undefined) return "";
  let text = header;
  try {
    text = decodeURIComponent(header);
  } catch {
    // Shown as it came.
  }
  return excerptOf("text/plain", Buffer.from(text), secrets);
}

function partialFromProtobuf(body: Uint8Array): PartialSuccess {
  let partial = NOTHING_REJECTED;
  readFields(new BinaryReader(body), (field, reader) => {
    if (field !== 1) return false;
    partial = readPartial(reader.bytes());
    return true;
  });
  return partial;
}

function readPartial(bytes: Uint8Array): PartialSuccess {
  let rejectedSpans = 0;
  let message = "";
  readFields(new BinaryReader(bytes), (field, reader) => {
    if (field === 1) rejectedSpans = Number(reader.int64());
    else if (field === 2) message = reader.string();
    else return false;
    return true;
  });
  return { rejectedSpans, message };
}

function statusMessageOf(body: Uint8Array): string {
  let message = "";
  try {
    readFields(new BinaryReader(body), (field, reader) => {
      if (field === 2) message = reader.string();
      return field === 2;
    });
  } catch {
    // What follows the message may be broken, or it may be no protobuf at all.
  }
  return message === "" ? decodeText(body) : message;
}

/** Offers each field to `take`; skips those that it leaves. Throws on a broken wire form. */
function readFields(reader: BinaryReader, take: (field: number, reader: BinaryReader) => boolean): void {
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (!take(field, reader)) reader.skip(wireType, field);
  }
}

function partialFromJson(body: Uint8Array): PartialSuccess {
  const parsed: unknown = JSON.parse(decodeText(body));
  const partial = member(parsed, "partialSuccess");
  const rejected = Number(member(partial, "rejectedSpans") ?? 0);
  const message = member(partial, "errorMessage");
  return { rejectedSpans: Number.isFinite(rejected) ? rejected : 0, message: typeof message === "string" ? message : "" };
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value ? (value as Record<string, unknown>)[name] : undefined;
}

function decodeText(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}
