import { gunzipSync } from "node:zlib";
import { createHttpReceiver, type HttpReceiver, type ReceivedRequest } from "@tapio/testing";
// OpenTelemetry's own protobuf classes: of what decodes here, no part is this project's.
import root from "otlp-reference/build/src/generated/root.js";

interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

export interface ReceivedSpan {
  readonly recordId: string;
  readonly name: string;
  readonly spanId: string;
  readonly linkCount: number;
  /** The whole span as JSON, ids included. */
  readonly content: string;
}

interface DecodedSpan {
  readonly name: string;
  readonly spanId: string;
  readonly attributes?: readonly KeyValue[];
  readonly links?: readonly unknown[];
}

interface DecodedRequest {
  readonly resourceSpans?: readonly { readonly scopeSpans?: readonly { readonly spans?: readonly DecodedSpan[] }[] }[];
}

interface MessageClass {
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: object): DecodedRequest;
}

interface OtlpRoot {
  readonly opentelemetry: {
    readonly proto: { readonly collector: { readonly trace: { readonly v1: { readonly ExportTraceServiceRequest: MessageClass } } } };
  };
}

const { ExportTraceServiceRequest } = (root as unknown as OtlpRoot).opentelemetry.proto.collector.trace.v1;

export interface OtlpReceiver {
  readonly url: string;
  /** Every span that arrived, repetitions included. */
  spans(): readonly ReceivedSpan[];
  readonly http: HttpReceiver;
  close(): Promise<void>;
}

/** A local OTLP/HTTP receiver for traces. */
export async function createOtlpReceiver(): Promise<OtlpReceiver> {
  const http = await createHttpReceiver();
  const decoded = new WeakMap<ReceivedRequest, readonly ReceivedSpan[]>();
  const spansOf = (request: ReceivedRequest): readonly ReceivedSpan[] => {
    const known = decoded.get(request) ?? decodeSpans(request.headers, request.body);
    decoded.set(request, known);
    return known;
  };
  return { url: http.url, http, spans: () => http.accepted().flatMap(spansOf), close: () => http.close() };
}

/** The spans of one OTLP/HTTP request. */
export function decodeSpans(headers: Readonly<Record<string, string>>, rawBody: Uint8Array): readonly ReceivedSpan[] {
  const body = headers["content-encoding"] === "gzip" ? gunzipSync(rawBody) : rawBody;
  const message = ExportTraceServiceRequest.toObject(ExportTraceServiceRequest.decode(body), { bytes: String, longs: String });
  const spans = (message.resourceSpans ?? []).flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans: inner = [] }) => inner));
  return spans.map((span) => ({
    recordId: span.attributes?.find(({ key }) => key === "tapio.record.id")?.value.stringValue ?? "",
    name: span.name,
    spanId: span.spanId,
    linkCount: span.links?.length ?? 0,
    content: JSON.stringify(span),
  }));
}
