import { createHttpReceiver, recordingLogger, within, type HttpReceiver } from "@tapio/testing";
import { afterEach, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "./testdata/start-test-gateway.ts";
import type { GatewayOptions } from "./gateway.ts";

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const otherSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWZn";
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(yaml: string, overrides: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  const started = await startTestGateway(yaml, overrides);
  closers.push(() => started.gateway.stop());
  return started;
}

async function receiver(): Promise<HttpReceiver> {
  const http = await createHttpReceiver();
  closers.push(() => http.close());
  return http;
}

/** Takes records one by one, so that each request has the id of one. */
function hook(name: string, http: HttpReceiver, settings = `secret: "${secret}"`): string {
  return `  - { name: ${name}, webhooks: { url: "${http.url}", ${settings}, allowed_cidrs: ["127.0.0.0/8"] } }\n`;
}

function idsAt(http: HttpReceiver): string[] {
  return http.accepted().map(({ headers }) => headers["webhook-id"] ?? "");
}

async function call(url: string, method: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${url}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function publish(url: string, ...ids: readonly string[]): Promise<void> {
  const records = ids.map((id) => ({ event: { id, time: "2026-11-01T12:00:00Z", type: "a.b", severity: "INFO" } }));
  expect((await call(url, "tapio.ingest.v1.IngestService/Publish", { records })).status).toBe(200);
}

const reload = (url: string, dryRun = false): ReturnType<typeof call> => call(url, "tapio.admin.v1.AdminService/ReloadConfig", { dryRun });

describe("a reload of the gateway", () => {
  it("RLD-2, RLD-3: adds, restarts and removes destinations, and loses and repeats nothing at those that did not change", async () => {
    const [kept, changed, removed, added] = await Promise.all([receiver(), receiver(), receiver(), receiver()]);
    const { rewrite, url } = await start(`destinations:\n${hook("kept", kept)}${hook("changed", changed)}${hook("removed", removed)}`);
    await publish(url, "r1", "r2");
    await Promise.all([kept.untilRequests(2), changed.untilRequests(2), removed.untilRequests(2)]);

    rewrite(`destinations:\n${hook("kept", kept)}${hook("changed", changed, `secret: "${otherSecret}"`)}${hook("added", added)}`);
    expect(await reload(url)).toEqual({ status: 200, body: { added: ["added"], changed: ["changed"], removed: ["removed"] } });
    await publish(url, "r3");
    await Promise.all([kept.untilRequests(3), changed.untilRequests(3), added.untilRequests(1)]);
    expect([kept, changed, removed, added].map((http) => idsAt(http).length)).toEqual([3, 3, 2, 1]);
    expect([kept, changed].map((http) => new Set(idsAt(http)).size)).toEqual([3, 3]);
    const state = (await (await fetch(`${url}/readyz`)).json()) as { destinations: object };
    expect(Object.keys(state.destinations)).toEqual(["kept", "changed", "added"]);
  });

  it("RLD-2: goes on at the cursor when a removed destination comes back", async () => {
    const http = await receiver();
    const { rewrite, url } = await start(`destinations:\n${hook("oncall", http)}`);
    await publish(url, "r1");
    await http.untilRequests(1);
    rewrite("destinations: []");
    await reload(url);
    await publish(url, "r2");
    rewrite(`destinations:\n${hook("oncall", http)}`);
    expect((await reload(url)).body).toEqual({ added: ["oncall"] });
    await http.untilRequests(2);
    expect(new Set(idsAt(http)).size).toBe(2);
    expect(http.requests).toHaveLength(2);
  });

  it("RLD-1: of a bad file changes nothing, answers with every problem, and is counted and logged", async () => {
    const logger = recordingLogger();
    const http = await receiver();
    const { rewrite, url } = await start(`destinations:\n${hook("oncall", http)}`, { logger });
    rewrite("nonsense: 1\nlog: { level: LOUD }");
    const answer = await reload(url);
    expect([answer.status, answer.body["message"]]).toEqual([
      400,
      expect.stringMatching(/nonsense: is not a setting;[^]*log\.level: must be one of[^]*Nothing was changed\.$/) as string,
    ]);
    expect(logger.entries.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual([
      "the configuration was not reloaded",
    ]);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('tapio_config_reloads_total{result="refused"} 1');
    expect(metrics).toContain("tapio_config_last_reload_successful 0");
    await publish(url, "r1");
    await http.untilRequests(1);
  });

  it("RLD-4: shows no secret in its answer or in the log", async () => {
    const logger = recordingLogger();
    const http = await receiver();
    const { rewrite, url } = await start(`destinations:\n${hook("oncall", http)}`, { logger });
    rewrite(`destinations:\n${hook("oncall", http, `secret: "${otherSecret}"`)}`);
    const answer = await reload(url);
    expect(answer.body).toEqual({ changed: ["oncall"] });
    for (const text of [JSON.stringify(answer.body), JSON.stringify(logger.entries)]) {
      expect([text.includes(secret), text.includes(otherSecret)]).toEqual([false, false]);
    }
  });

  it("RLD-8: says what it would do when it is dry", async () => {
    const http = await receiver();
    const { rewrite, url } = await start("");
    rewrite(`ingest: { max_batch_records: 5 }\ndestinations:\n${hook("oncall", http)}`);
    expect((await reload(url, true)).body).toEqual({ added: ["oncall"], needsRestart: ["ingest"] });
    expect((await call(url, "tapio.admin.v1.AdminService/ListDestinations", {})).body).toEqual({});
  });

  it("RLD-5: changes the log's level and retention at once", async () => {
    const levels: number[] = [];
    const { gateway, rewrite, url } = await start("", { setLogLevel: (level) => levels.push(level) });
    await publish(url, "r1", "r2");
    rewrite("journal: { memory: {}, retention: { max_bytes: 1 } }\nlog: { level: DEBUG }");
    expect(await gateway.reload()).toMatchObject({ needsRestart: [] });
    expect(levels).toEqual([1]);
    while (!(await (await fetch(`${url}/metrics`)).text()).includes("tapio_journal_first_sequence 3"))
      await new Promise((resolve) => setTimeout(resolve, 50));
  });

  it("RLD-5: takes another shutdown_deadline at once", async () => {
    const http = await receiver();
    http.behave("hang");
    const { gateway, rewrite, url } = await start(`shutdown_deadline: 10m\ndestinations:\n${hook("oncall", http)}`);
    await publish(url, "r1");
    await http.untilRequests(1);
    rewrite(`shutdown_deadline: 100ms\ndestinations:\n${hook("oncall", http)}`);
    expect(await gateway.reload()).toMatchObject({ changed: [], needsRestart: [] });
    expect(await within(gateway.stop(), "the gateway", 8_000)).toEqual({ orderly: true });
  });

  it("RLD-2: leaves the counters of a prometheus destination that goes, and takes them up when it comes back", async () => {
    const page = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();
    const counting = "destinations: [{ name: counts, prometheus: {} }]";
    const { rewrite, url } = await start(counting);
    await publish(url, "r1");
    while (!/^tapio_events_total\{.*\} 1$/m.test(await page())) await new Promise((resolve) => setTimeout(resolve, 20));
    rewrite("destinations: []");
    await reload(url);
    expect(await page()).not.toContain("tapio_events_total");
    rewrite(counting);
    await reload(url);
    while (!/^tapio_events_total\{.*\} 1$/m.test(await page())) await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

describe("a destination that is too far behind", () => {
  it("stops ingest with a hint, says so in /readyz, and lets it go on when it has caught up", async () => {
    const http = await receiver();
    http.behave("unavailable");
    const settings = "max_backlog: { bytes: 1 }, retry: { initial_delay: 100ms, max_delay: 100ms }";
    const { url } = await start(
      `destinations: [{ name: central, ${settings}, window: { max_in_flight_records: 1 }, otel: { endpoint: "${http.url}" } }]`,
    );
    await publish(url, "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9");
    const status = async (): Promise<number> => (await fetch(`${url}/readyz`)).status;
    while ((await status()) !== 503) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({
      ready: false,
      reason: expect.stringContaining('destination "central" is ') as string,
      journal: { state: "ok" },
    });
    const refused = await fetch(`${url}/v1/occurrences`, {
      method: "POST",
      body: JSON.stringify({ id: "o1", timestamp: "2026-11-01T12:00:01Z", source: "tapio", type: "a.b", severity: "info" }),
    });
    expect([refused.status, Number(refused.headers.get("retry-after")) > 0]).toEqual([503, true]);
    http.behave("accept");
    while ((await status()) !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
  });
});
