import root from "otlp-reference/build/src/generated/root.js";

/** The part of protobufjs' generated classes that is used here; the package's own types stop at their root. */
interface MessageClass {
  decode(bytes: Uint8Array): object;
  encode(message: object): { finish(): Uint8Array };
  toObject(message: object, options: object): object;
}
interface Root {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: {
        readonly trace: {
          readonly v1: { readonly ExportTraceServiceRequest: MessageClass; readonly ExportTraceServiceResponse: MessageClass };
        };
      };
    };
  };
}

const { ExportTraceServiceRequest, ExportTraceServiceResponse } = (root as unknown as Root).opentelemetry.proto.collector.trace.v1;

/** Names of the bytes fields, whose ids OTLP's JSON form writes in hexadecimal. */
const HEX_FIELDS = new Set(["traceId", "spanId", "parentSpanId"]);

export interface DecodedAttribute {
  readonly key: string;
  readonly value: unknown;
}

export interface DecodedPart {
  readonly name?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly timeUnixNano?: string;
  readonly attributes?: readonly DecodedAttribute[];
  readonly droppedAttributesCount?: number;
}

export interface DecodedSpan extends DecodedPart {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly flags?: number;
  readonly name: string;
  readonly kind: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly droppedEventsCount?: number;
  readonly droppedLinksCount?: number;
  readonly events?: readonly DecodedPart[];
  readonly links?: readonly DecodedPart[];
  readonly status?: { readonly code?: string; readonly message?: string };
}

export interface DecodedRequest {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes?: readonly DecodedAttribute[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly spans: readonly DecodedSpan[];
    }[];
  }[];
}

/** Decodes a request with OpenTelemetry's own protobuf classes, of which no part is ours. */
export function decodeRequest(body: Uint8Array): DecodedRequest {
  const message = ExportTraceServiceRequest.decode(body);
  return hexIds(ExportTraceServiceRequest.toObject(message, { longs: String, enums: String, bytes: String })) as DecodedRequest;
}

/** The bytes that OpenTelemetry's classes make of a request that they decoded. */
export function recodeRequest(body: Uint8Array): Uint8Array {
  return new Uint8Array(ExportTraceServiceRequest.encode(ExportTraceServiceRequest.decode(body)).finish());
}

export function encodeResponse(rejectedSpans: number, errorMessage: string): Uint8Array {
  return new Uint8Array(ExportTraceServiceResponse.encode({ partialSuccess: { rejectedSpans, errorMessage } }).finish());
}

export function decodedSpans(request: DecodedRequest): readonly DecodedSpan[] {
  return (request.resourceSpans ?? []).flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans));
}

/** E.g. `{ "tapio.record.id": "event-1" }`, without the one-of wrapper. */
export function attributesOf(part: { readonly attributes?: readonly DecodedAttribute[] } | undefined): Record<string, unknown> {
  return Object.fromEntries((part?.attributes ?? []).map(({ key, value }) => [key, unwrap(value)]));
}

function unwrap(value: unknown): unknown {
  const [entry] = Object.entries(value as Record<string, unknown>);
  if (entry?.[0] !== "arrayValue") return entry?.[1];
  return ((entry[1] as { values?: unknown[] }).values ?? []).map(unwrap);
}

function hexIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hexIds);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => {
    return [key, HEX_FIELDS.has(key) ? Buffer.from(String(inner), "base64").toString("hex") : hexIds(inner)];
  });
  return Object.fromEntries(entries);
}
