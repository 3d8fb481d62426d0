import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createHttpReceiver, type HttpReceiver } from "@tapio/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { spawnGatewayProcess, startGatewayProcess, type GatewayProcess } from "../src/gateway-process.ts";
import { createScratch, type Scratch } from "../src/scratch.ts";
import { until } from "../src/until.ts";

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
let scratch: Scratch;
const closers: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  scratch = createScratch();
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  scratch[Symbol.dispose]();
});

async function receiver(): Promise<HttpReceiver> {
  const http = await createHttpReceiver();
  closers.push(() => http.close());
  return http;
}

function hook(name: string, http: HttpReceiver, settings = ""): string {
  return `  - { name: ${name}, webhooks: { url: "${http.url}", secret: "${secret}", allowed_cidrs: ["127.0.0.0/8"] }${settings} }\n`;
}

function write(settings: string, address = "127.0.0.1:0"): string {
  const journal = `journal: { sqlite: { path: "${scratch.path}/data" } }`;
  return scratch.write("tapio.yaml", `${journal}\nserver: { listeners: [{ address: "${address}" }] }\n${settings}\n`);
}

async function start(config: string): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess({ config });
  closers.push(async () => {
    gateway.kill("SIGKILL");
    await gateway.exited;
  });
  return gateway;
}

async function publish(url: string, ids: readonly string[]): Promise<void> {
  const records = ids.map((id) => ({ event: { id, time: "2026-11-01T12:00:00Z", type: "a.b", severity: "INFO" } }));
  const response = await fetch(`${url}/tapio.ingest.v1.IngestService/Publish`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ records }),
  });
  expect(response.status).toBe(200);
}

/** The ids of the records that were delivered, repetitions included. */
function delivered(http: HttpReceiver): string[] {
  return http.accepted().map(({ body }) => (JSON.parse(Buffer.from(body).toString()) as { data: { event: { id: string } } }).data.event.id);
}

describe("a reload under load", () => {
  it("RLD-3: loses nothing and sends nothing twice, at destinations that change and at those that do not", async () => {
    const [kept, changed] = await Promise.all([receiver(), receiver()]);
    const config = write(`destinations:\n${hook("kept", kept)}${hook("changed", changed)}`);
    const gateway = await start(config);
    const ids: string[] = [];
    let isLoading = true;
    const loading = (async () => {
      while (isLoading) {
        const batch = Array.from({ length: 10 }, (_, index) => `r${ids.length + index}`);
        await publish(gateway.url, batch);
        ids.push(...batch);
      }
    })();
    for (let round = 1; round <= 8; round++) {
      write(`destinations:\n${hook("kept", kept)}${hook("changed", changed, `, window: { max_batch_records: ${round} }`)}`);
      gateway.kill("SIGHUP");
      await until(() => gateway.log().split("the configuration was reloaded").length > round, `reload ${round} is done`);
    }
    isLoading = false;
    await loading;
    for (const http of [kept, changed]) {
      await until(() => http.accepted().length >= ids.length, "everything is delivered");
      expect([...delivered(http)].sort()).toEqual([...ids].sort());
    }
  });

  it("RLD-9: keeps a SIGHUP that comes during the start", async () => {
    const http = await receiver();
    const gateway = spawnGatewayProcess({ config: write(`destinations:\n${hook("oncall", http)}`) });
    closers.push(async () => {
      gateway.kill("SIGKILL");
      await gateway.exited;
    });
    await until(() => gateway.log().includes("the journal is open"), "it has begun to start");
    gateway.kill("SIGHUP");
    await publish(await gateway.ready, ["r1"]);
    await http.untilRequests(1);
  });
});

describe("a stop", () => {
  it("SHD-3, SHD-4: waits for what is in flight, within its deadline", async () => {
    const http = await receiver();
    http.behave("hang");
    const gateway = await start(write(`shutdown_deadline: 3s\ndestinations:\n${hook("oncall", http)}`));
    await publish(gateway.url, ["r1"]);
    await http.untilRequests(1);
    gateway.kill("SIGTERM");
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
  });

  it("SHD-8: is quicker after a second signal, still in order, and what was cut off is delivered after the next start", async () => {
    const http = await receiver();
    http.behave("hang");
    const config = write(`shutdown_deadline: 10m\ndestinations:\n${hook("oncall", http)}`);
    const gateway = await start(config);
    await publish(gateway.url, ["r1"]);
    await http.untilRequests(1);
    gateway.kill("SIGTERM");
    await sleep(1_200);
    gateway.kill("SIGTERM");
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    expect(gateway.log()).toContain('"orderly":true');

    http.behave("accept");
    const next = await start(config);
    await until(() => http.accepted().length === 1, "it is delivered");
    expect(delivered(http)).toEqual(["r1"]);
    // What was cut off was no attempt.
    expect(await (await fetch(`${next.url}/metrics`)).text()).not.toMatch(/tapio_delivery_retries_total\{destination="oncall"\} [1-9]/);
  });
});

describe("a damaged journal", () => {
  it("SHD-11: keeps the process, which says why nothing is taken, until it is stopped", async () => {
    const http = await receiver();
    const address = `127.0.0.1:${http.port}`;
    await http.close();
    mkdirSync(join(scratch.path, "data"));
    writeFileSync(join(scratch.path, "data", "journal.db"), "this was a journal once".repeat(500));
    const gateway = spawnGatewayProcess({ config: write("", address) });
    closers.push(async () => {
      gateway.kill("SIGKILL");
      await gateway.exited;
    });
    await until(() => gateway.log().includes("nothing is accepted until the journal can be opened"), "it waits");
    // The log says so a moment before the listeners are there.
    await until(
      () =>
        fetch(`http://${address}/healthz`).then(
          () => true,
          () => false,
        ),
      "it answers probes",
    );
    const ready = await fetch(`http://${address}/readyz`);
    expect([ready.status, ((await ready.json()) as { reason: string }).reason]).toEqual([
      503,
      expect.stringMatching(/^the journal cannot be opened \(corrupt\): /) as string,
    ]);
    expect((await fetch(`http://${address}/healthz`)).status).toBe(200);
    gateway.kill("SIGTERM");
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
  });
});
