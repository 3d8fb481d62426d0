import { createHttpReceiver } from "@tapio/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGatewayProcess, type GatewayProcess } from "../src/gateway-process.ts";
import { createOtlpReceiver, type OtlpReceiver } from "../src/otlp-receiver.ts";
import { createScratch } from "../src/scratch.ts";
import { until } from "../src/until.ts";

const scratch = createScratch();
let collector: OtlpReceiver;

beforeAll(async () => {
  collector = await createOtlpReceiver();
});

afterAll(async () => {
  await collector.close();
  scratch[Symbol.dispose]();
});

async function start(name: string, settings: string, env: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  const config = scratch.write(
    `${name}.yaml`,
    `journal: { sqlite: { path: "${scratch.path}/${name}" } }\nserver: { listeners: [{ address: "127.0.0.1:0" }] }\n${settings}\n`,
  );
  return startGatewayProcess({ config, env });
}

async function post(gateway: GatewayProcess, ids: readonly string[]): Promise<void> {
  const records = ids.map((id) => ({ event: { id, time: "2026-11-01T12:00:00Z", type: "deploy.finished", severity: "INFO" } }));
  await fetch(`${gateway.url}/tapio.ingest.v1.IngestService/Publish`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ records }),
  });
}

async function stopped(gateway: GatewayProcess): Promise<number | null> {
  gateway.kill("SIGTERM");
  return (await gateway.exited).code;
}

describe("the gateway's own traces", () => {
  it("reach the collector that the environment names, and are flushed by SIGTERM", async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const gateway = await start("traced", "telemetry: { traces: { sample_ratio: 1 } }", env);
    await post(gateway, ["a", "b"]);
    expect(await stopped(gateway)).toBe(0);
    expect(collector.spans().map(({ name }) => name)).toEqual(expect.arrayContaining(["tapio.journal.append", "tapio.submit"]));
  });

  it("are named by the log lines that are written in the course of them", async () => {
    const denying = await createHttpReceiver();
    denying.behave("deny");
    const gateway = await start(
      "denied",
      `telemetry: { traces: { endpoint: "${collector.url}", sample_ratio: 1 } }\ndestinations: [{ name: traces, otel: { endpoint: "${denying.url}" } }]`,
    );
    await post(gateway, ["a"]);
    await until(() => gateway.log().includes("destination needs a person"), "the denial is logged");
    expect(await stopped(gateway)).toBe(0);
    await denying.close();
    const line = gateway
      .log()
      .split("\n")
      .find((text) => text.includes("destination needs a person"));
    const { span_id = "" } = JSON.parse(line ?? "{}") as { readonly span_id?: string };
    const span = collector.spans().find(({ spanId }) => Buffer.from(spanId, "base64").toString("hex") === span_id);
    expect(span?.name).toBe("tapio.delivery.attempt");
  });

  it("are not made without an endpoint", async () => {
    const before = collector.http.requests.length;
    const gateway = await start("untraced", "");
    await post(gateway, ["a"]);
    expect(await (await fetch(`${gateway.url}/metrics`)).text()).not.toContain("tapio_traces");
    expect(await stopped(gateway)).toBe(0);
    expect(collector.http.requests.length).toBe(before);
  });

  it("never become records, even when they are sent to a gateway that delivers to a collector", async () => {
    const gateway = await start("looped", `destinations: [{ name: traces, otel: { endpoint: "${collector.url}" } }]`);
    const looped = await start("looping", `telemetry: { traces: { endpoint: "${gateway.url}", sample_ratio: 1 } }`);
    await post(looped, ["a"]);
    expect(await stopped(looped)).toBe(0);
    expect(looped.log()).toContain("the gateway's own traces cannot be sent");
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toContain("\ntapio_journal_head_sequence 0\n");
    expect(await stopped(gateway)).toBe(0);
  });
});
