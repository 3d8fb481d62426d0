import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createTapioNodeClient } from "@tapio/client/node";
import { loadConfig } from "@tapio/config";
import { Severity } from "@tapio/contracts/domain/v1/types";
import type { GatewayConfig } from "@tapio/contracts/gateway/v1/config";
import { createHttpReceiver, within } from "@tapio/testing";
import { afterEach, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "./testdata/start-test-gateway.ts";

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(yaml: string): Promise<TestGateway> {
  const started = await startTestGateway(yaml);
  closers.push(() => started.gateway.stop());
  return started;
}

function occurrence(id: string): object {
  return {
    id,
    timestamp: "2026-11-01T12:00:01.5Z",
    source: "tapio",
    type: "kernel.container.oom_kill",
    severity: "critical",
    outcome: "failure",
    data: { pid: 7 },
  };
}

async function post(url: string, body: unknown): Promise<Response> {
  return fetch(`${url}/v1/occurrences`, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });
}

function configOf(text: string): GatewayConfig {
  const loaded = loadConfig({ text, file: "test.yaml", env: {}, readFile: () => "" });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("the gateway", () => {
  it("brings an occurrence to every destination and to a subscriber", async () => {
    const otlp = await createHttpReceiver();
    const hooks = await createHttpReceiver();
    closers.push(
      () => otlp.close(),
      () => hooks.close(),
    );
    const { url } = await start(`destinations:
  - { name: traces, otel: { endpoint: "${otlp.url}" } }
  - { name: metrics, prometheus: {} }
  - { name: oncall, webhooks: { url: "${hooks.url}", secret: "${secret}", allowed_cidrs: ["127.0.0.0/8"] } }
`);
    const response = await post(url, [occurrence("01K9A"), occurrence("01K9B")]);
    expect([response.status, await response.json()]).toEqual([200, { accepted: 2, duplicates: 0, rejected: 0, rejections: [] }]);

    await otlp.untilRequests(1);
    await hooks.untilRequests(2);
    const { body = new Uint8Array(), headers = {} } = otlp.requests[0] ?? {};
    const spans = headers["content-encoding"] === "gzip" ? gunzipSync(body) : Buffer.from(body);
    expect(spans.includes("kernel.container.oom_kill")).toBe(true);
    expect(hooks.requests.map(({ body }) => (JSON.parse(Buffer.from(body).toString()) as { type: string }).type)).toEqual([
      "kernel.container.oom_kill",
      "kernel.container.oom_kill",
    ]);
    await eventually(async () => /^tapio_events_total\{.*\} 2$/m.test(await (await fetch(`${url}/metrics`)).text()));

    using client = createTapioNodeClient({ baseUrl: url });
    const ids: string[] = [];
    for await (const item of client.subscribe({ start: "beginning" })) {
      if (item.kind === "record") ids.push(item.record.kind.value?.id ?? "");
      if (ids.length === 2) break;
    }
    expect(ids).toEqual(["01K9A", "01K9B"]);
  });

  it("forwards to another gateway, so that they chain", async () => {
    const central = await start("");
    const edge = await start(`destinations: [{ name: central, grpc: { endpoint: "${central.url}" } }]`);
    await post(edge.url, occurrence("01K9A"));
    using client = createTapioNodeClient({ baseUrl: central.url });
    for await (const item of client.subscribe({ start: "beginning" })) {
      if (item.kind !== "record") continue;
      expect(item.record.kind.value?.id).toBe("01K9A");
      break;
    }
  });

  it("takes records over gRPC and recognises one that is sent again", async () => {
    const { url } = await start("");
    using client = createTapioNodeClient({ baseUrl: url });
    const event = { event: { id: "a", type: "x.y", severity: Severity.INFO, time: { seconds: 1n, nanos: 0 } } };
    expect(await client.publish([event])).toMatchObject([{ status: "accepted", sequence: 1 }]);
    expect(await client.publish([event])).toMatchObject([{ status: "duplicate", sequence: 1 }]);
    expect(
      await client.publish([{ event: { ...event.event, id: "b", severity: 99 as Severity } }, { event: { ...event.event, id: "c" } }]),
    ).toMatchObject([{ status: "rejected", field: "event.severity" }, { status: "accepted" }]);
  });

  it("says that it is ready, what its destinations do, and what it has counted", async () => {
    const { url } = await start("destinations: [{ name: metrics, prometheus: {} }]");
    await post(url, [occurrence("01K9A"), { ...occurrence("01K9B"), severity: "loud" }]);
    expect(await (await fetch(`${url}/healthz`)).text()).toBe("ok\n");
    await eventually(async () => JSON.stringify(await (await fetch(`${url}/readyz`)).json()).includes("running"));
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { ready: true, reason: "", journal: { state: "ok", message: "" }, destinations: { metrics: "running" } },
    ]);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('tapio_ingest_records_total{source="occurrences",result="accepted"} 1');
    expect(text).toContain('tapio_ingest_records_total{source="occurrences",result="rejected"} 1');
    for (const line of [
      "tapio_journal_head_sequence 1",
      "tapio_journal_first_sequence 1",
      'tapio_journal_condition{state="ok"} 1',
      'tapio_build_info{version="0.1.0"',
      'tapio_http_connections{listener="127.0.0.1:',
      "tapio_http_body_bytes 0",
    ])
      expect(text).toContain(line);
  });

  it("takes nothing while the disk has too little room, says so, and counts it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tapio-gateway-"));
    closers.push(async () => rmSync(folder, { recursive: true, force: true }));
    const { url } = await start(
      `journal: { sqlite: { path: "${folder}", min_free_bytes: 4000TiB } }\ndestinations: [{ name: metrics, prometheus: {} }]`,
    );
    const refused = await post(url, occurrence("01K9A"));
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([
      503,
      {
        ready: false,
        reason: expect.stringMatching(/^the journal takes nothing \(low_space\): .* at least \d+ MiB must be/) as string,
        journal: { state: "low_space" },
        destinations: { metrics: "running" },
      },
    ]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('tapio_journal_condition{state="low_space"} 1');
    expect(text).toContain('tapio_ingest_records_total{source="occurrences",result="refused"} 1');
    expect(text).toMatch(/^tapio_journal_disk_free_bytes \d+$/m);
  });

  it("shows its metrics as OpenMetrics on request, ended once", async () => {
    const { url } = await start("destinations: [{ name: metrics, prometheus: {} }]");
    await post(url, occurrence("01K9A"));
    const response = await fetch(`${url}/metrics`, { headers: { accept: "application/openmetrics-text; version=1.0.0" } });
    const text = await response.text();
    expect(response.headers.get("content-type")).toContain("application/openmetrics-text");
    expect(text.match(/# EOF/g)).toHaveLength(1);
    expect(text.endsWith("# EOF\n")).toBe(true);
    expect(text).toContain("# TYPE tapio_ingest_records counter");
  });

  it("keeps serving when a destination hangs", async () => {
    const hanging = await createHttpReceiver();
    hanging.behave("hang");
    closers.push(() => hanging.close());
    const { url } = await start(`shutdown_deadline: 200ms
destinations:
  - { name: stuck, otel: { endpoint: "${hanging.url}" } }
  - { name: metrics, prometheus: {} }
`);
    await post(url, occurrence("01K9A"));
    await eventually(async () => /^tapio_events_total\{.*\} 1$/m.test(await (await fetch(`${url}/metrics`)).text()));
  });

  it("SHD-1, SHD-2: stops in order: answers what is under way, ends subscribers, takes nothing more", async () => {
    const { gateway, url } = await start("shutdown_deadline: 2s");
    using client = createTapioNodeClient({ baseUrl: url });
    const subscription = (async () => {
      for await (const item of client.subscribe({ start: "beginning", reconnect: false })) void item;
    })();
    await post(url, occurrence("01K9A"));
    const ended = expect(subscription).rejects.toMatchObject({ code: "unavailable" });
    await within(gateway.stop(), "the gateway", 10_000);
    await ended;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    await gateway.stop();
  });

  it("names what keeps it from starting: a taken port, a missing certificate", async () => {
    const { url } = await start("");
    await expect(
      startTestGateway("", { config: configOf(`journal: { memory: {} }\nserver: { listeners: [{ address: "${url.slice(7)}" }] }`) }),
    ).rejects.toMatchObject({
      name: "StartError",
      message: expect.stringMatching(/another process has this port\. Stop it, or choose another: TAPIO_LISTEN=/) as string,
    });
    const tls = 'server: { listeners: [{ address: "127.0.0.1:0", tls: { cert_file: /no/cert.pem, key_file: /no/key.pem } }] }';
    await expect(startTestGateway("", { config: configOf(`journal: { memory: {} }\n${tls}`) })).rejects.toMatchObject({
      name: "StartError",
      message: expect.stringContaining("tls.cert_file: /no/cert.pem cannot be read") as string,
    });
  });
});
