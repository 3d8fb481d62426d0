import { gunzipSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import { OtelConfigSchema } from "@tapio/contracts/integrations/otel/v1/config";
import type { OtelConfig } from "@tapio/contracts/integrations/otel/v1/config";
import { createOtelIntegration } from "@tapio/integration-otel";
import { createHttpReceiver } from "@tapio/testing";
import type { IntegrationSubject, ReceivedRequest } from "@tapio/testing";

const TOKEN = "a-token-that-nobody-may-see";

/** This integration, beside an OTLP receiver that only counts. */
export const otelSubject: IntegrationSubject<OtelConfig> = {
  create: () => createOtelIntegration(),
  modes: ["refuse_record", "unavailable", "throttle", "deny", "gone", "hang", "reset"],
  async startPeer() {
    const receiver = await createHttpReceiver();
    return {
      config: create(OtelConfigSchema, { endpoint: receiver.url, headers: { authorization: `Bearer ${TOKEN}` } }),
      secrets: [TOKEN],
      behave: receiver.behave,
      receivedCount: () => Promise.resolve(receiver.accepted().reduce((sum, request) => sum + spanCount(request), 0)),
      close: receiver.close,
    };
  },
};

/** Counts `resource_spans[].scope_spans[].spans[]`, as far as the wire format goes and no further. */
function spanCount(request: ReceivedRequest): number {
  if (request.path !== "/v1/traces") throw new Error(`a request for ${request.path}`);
  const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(request.body) : request.body;
  const resourceSpans = messages(body, 1);
  const scopeSpans = resourceSpans.flatMap((bytes) => messages(bytes, 2));
  return scopeSpans.flatMap((bytes) => messages(bytes, 2)).length;
}

/** The contents of one message field; all fields on the way down to spans are length-delimited. */
function messages(bytes: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[position++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (position < bytes.length) {
    const tag = varint();
    if (tag % 8 !== 2) throw new Error(`wire type ${String(tag % 8)} above the spans`);
    const length = varint();
    if (tag >> 3 === wanted) found.push(bytes.subarray(position, position + length));
    position += length;
  }
  return found;
}
