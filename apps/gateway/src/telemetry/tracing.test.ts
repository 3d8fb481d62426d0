import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { loadConfig } from "@tapio/config";
import { createHttpReceiver, createRecordingMeter, recordingLogger, silentLogger, type HttpReceiver } from "@tapio/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { spanFields } from "./active-span.ts";
import { openTracing, traceSettingsOf, type TraceSettings, type Tracing } from "./tracing.ts";
import { VERSION } from "./version.ts";

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  vi.unstubAllEnvs();
});

async function receiver(): Promise<HttpReceiver> {
  const http = await createHttpReceiver();
  closers.push(() => http.close());
  return http;
}

async function open(settings: Partial<TraceSettings>, meter = createRecordingMeter(), logger = recordingLogger()): Promise<Tracing> {
  const tracing = await openTracing({ endpoint: undefined, headers: {}, sampleRatio: 1, ...settings }, logger, meter);
  closers.push(() => tracing.close(1_000));
  return tracing;
}

function bodyOf(http: HttpReceiver): Buffer {
  const [request] = http.requests;
  if (request === undefined) throw new Error("nothing was sent");
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(request.body) : Buffer.from(request.body);
}

function settingsOf(yaml: string, env: Readonly<Record<string, string>> = {}): TraceSettings | undefined {
  const loaded = loadConfig({ text: yaml, file: "test.yaml", env: {}, readFile: () => "" });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return traceSettingsOf(loaded.config.telemetry, env);
}

describe("traces are wanted", () => {
  it("by nobody, when no endpoint is set", () => {
    expect(settingsOf("")).toBeUndefined();
    expect(settingsOf("telemetry: { traces: { sample_ratio: 1 } }")).toBeUndefined();
    expect(settingsOf("", { OTEL_EXPORTER_OTLP_ENDPOINT: "" })).toBeUndefined();
  });

  it("by nobody, when OTEL_SDK_DISABLED says so", () => {
    expect(settingsOf("telemetry: { traces: { endpoint: http://a:4318 } }", { OTEL_SDK_DISABLED: "true" })).toBeUndefined();
  });

  it("by the configuration, wherever the environment points", () => {
    expect(
      settingsOf("telemetry: { traces: { endpoint: http://a:4318, headers: { k: v }, sample_ratio: 0 } }", {
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://b",
      }),
    ).toEqual({ endpoint: "http://a:4318", headers: { k: "v" }, sampleRatio: 0 });
  });

  it.each(["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])("by %s, of which one in a hundred is kept", (name) => {
    expect(settingsOf("", { [name]: "http://x:4318" })).toEqual({ endpoint: undefined, headers: {}, sampleRatio: 0.01 });
  });
});

describe("traces", () => {
  it("cost nothing and name nothing when nobody wants them", async () => {
    const tracing = await openTracing(undefined, silentLogger, createRecordingMeter());
    expect(tracing.isOn).toBe(false);
    tracing.tracer.startSpan("submit").run(() => expect(spanFields()).toBeUndefined());
    await tracing.close(0);
  });

  it("go to the endpoint with its headers, spans below each other, and are flushed when it closes", async () => {
    const http = await receiver();
    const meter = createRecordingMeter();
    const tracing = await open({ endpoint: `${http.url}/`, headers: { "x-api-key": "k" } }, meter);
    const submit = tracing.tracer.startSpan("submit", { "tapio.records": 7 });
    const fields = submit.run(() => {
      const append = tracing.tracer.startSpan("journal append");
      append.setError("full");
      append.end();
      return spanFields();
    });
    submit.set({ "tapio.accepted": 7 });
    submit.end();
    await tracing.close(5_000);
    const [request] = http.requests;
    expect([request?.path, request?.headers["x-api-key"], request?.headers["content-type"]]).toEqual([
      "/v1/traces",
      "k",
      "application/x-protobuf",
    ]);
    const body = bodyOf(http);
    for (const text of ["tapio-gateway", VERSION, "submit", "journal append", "tapio.accepted", "full"])
      expect(body.includes(text)).toBe(true);
    const traceId = Buffer.from(fields?.trace_id ?? "", "hex");
    expect([traceId.length, body.indexOf(traceId) !== body.lastIndexOf(traceId)]).toEqual([16, true]);
    expect(body.includes(Buffer.from(fields?.span_id ?? "", "hex"))).toBe(true);
    expect(meter.value("tapio_traces_spans_total", { result: "sent" })).toBe(2);
  });

  it("keep the share that is asked for, whole traces at a time", async () => {
    const http = await receiver();
    const tracing = await open({ endpoint: http.url, sampleRatio: 0 });
    const span = tracing.tracer.startSpan("submit");
    span.run(() => {
      expect(spanFields()).toBeUndefined();
      tracing.tracer.startSpan("journal append").end();
    });
    span.end();
    await tracing.close(1_000);
    expect(http.requests).toEqual([]);
  });

  it("go where the environment says, with its headers and its name for the service", async () => {
    const http = await receiver();
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", http.url);
    vi.stubEnv("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=e");
    vi.stubEnv("OTEL_SERVICE_NAME", "tapio-eu");
    const tracing = await open({});
    tracing.tracer.startSpan("submit").end();
    await tracing.close(5_000);
    expect([http.requests[0]?.path, http.requests[0]?.headers["x-api-key"]]).toEqual(["/v1/traces", "e"]);
    expect(bodyOf(http).includes("tapio-eu")).toBe(true);
  });

  it("that cannot be sent are counted, and said once", async () => {
    const http = await receiver();
    http.behave("refuse_record");
    const meter = createRecordingMeter();
    const logger = recordingLogger();
    const tracing = await open({ endpoint: http.url }, meter, logger);
    tracing.tracer.startSpan("submit").end();
    await tracing.close(5_000);
    expect(meter.value("tapio_traces_spans_total", { result: "failed" })).toBe(1);
    expect(logger.entries.map(({ level, message }) => [level, message])).toEqual([
      ["warn", "the gateway's own traces cannot be sent; what they hold is lost"],
    ]);
  });

  it("hold up a stop no longer than they may", async () => {
    const http = await receiver();
    http.behave("hang");
    const tracing = await open({ endpoint: http.url });
    tracing.tracer.startSpan("submit").end();
    const startedAtMs = performance.now();
    await tracing.close(100);
    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  });
});

it("the version is that of the package", () => {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  expect(VERSION).toBe(manifest.version);
});
