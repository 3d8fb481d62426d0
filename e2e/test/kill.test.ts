import { setTimeout as sleep } from "node:timers/promises";
import { createTapioNodeClient } from "@tapio/client/node";
import type { RecordInput } from "@tapio/client";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Severity } from "@tapio/contracts/domain/v1/types";
import { afterEach, describe, expect, it } from "vitest";
import { startGatewayProcess, type GatewayProcess } from "../src/gateway-process.ts";
import { sumOfMetric } from "../src/metrics-text.ts";
import { createOtlpReceiver } from "../src/otlp-receiver.ts";
import { createScratch } from "../src/scratch.ts";
import { until } from "../src/until.ts";
import { createVerifyingWebhookReceiver } from "../src/webhook-receiver.ts";

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const total = 10_000;
const batchRecords = 50;
const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function eventNumber(n: number): RecordInput {
  return {
    event: {
      id: `kill-${n}`,
      type: "kernel.node.cpu_stall",
      severity: Severity.WARNING,
      time: timestampFromMs(1_793_534_400_000 + n),
      message: `number ${n}`,
    },
  };
}

/** Sends what is not acknowledged yet until the gateway dies or all is acknowledged; sequences of the acknowledged are noted. */
async function sendUnacknowledged(url: string, acknowledged: Map<string, number>): Promise<void> {
  using client = createTapioNodeClient({ baseUrl: url });
  const missing = Array.from({ length: total }, (_, n) => n).filter((n) => !acknowledged.has(`kill-${n}`));
  for (let from = 0; from < missing.length; from += batchRecords) {
    const results = await client.publish(missing.slice(from, from + batchRecords).map(eventNumber));
    for (const result of results) {
      if (result.status === "rejected") throw new Error(`${result.field}: ${result.reason}`);
      acknowledged.set(result.id, result.sequence);
    }
  }
}

/** Kills the gateway when about `share` of the records are acknowledged; what the client sees of it is a broken call. */
async function killInTheMiddle(gateway: GatewayProcess, acknowledged: Map<string, number>, share: number): Promise<void> {
  const sending = sendUnacknowledged(gateway.url, acknowledged).catch(() => undefined);
  await until(() => acknowledged.size >= total * share, `${share * 100} % are acknowledged`);
  gateway.kill("SIGKILL");
  await gateway.exited;
  await sending;
}

interface Seen {
  readonly sequences: number[];
  readonly ids: string[];
}

/** A client that holds its own position: it resumes after the last sequence that it saw. */
async function readUntil(url: string, seen: Seen, enough: () => boolean): Promise<void> {
  using client = createTapioNodeClient({ baseUrl: url });
  const stop = new AbortController();
  const reading = (async () => {
    for await (const item of client.subscribe({
      start: { afterSequence: seen.sequences.at(-1) ?? 0 },
      signal: stop.signal,
      reconnect: false,
    })) {
      if (item.kind !== "record") continue;
      seen.sequences.push(item.sequence);
      seen.ids.push(item.record.kind.value?.id ?? "");
    }
  })().catch(() => undefined);
  await until(enough, "the subscriber has seen enough").finally(() => stop.abort());
  await reading;
}

describe("kill -9 in the middle of 10,000 records", () => {
  it("loses nothing that was acknowledged: OTLP, webhooks, subscriber and counters", { timeout: 300_000 }, async () => {
    using scratch = createScratch();
    const otlp = await createOtlpReceiver();
    const hooks = await createVerifyingWebhookReceiver(secret);
    closers.push(
      () => otlp.close(),
      () => hooks.close(),
    );
    const config = scratch.write(
      "tapio.yaml",
      `journal: { sqlite: { path: ${scratch.path}/data } }
server: { listeners: [{ address: "127.0.0.1:0" }] }
destinations:
  - { name: traces, otel: { endpoint: "${otlp.url}" } }
  - { name: metrics, prometheus: {} }
  - { name: oncall, webhooks: { url: "${hooks.url}", secret: "${secret}", allowed_cidrs: ["127.0.0.0/8"], concurrency: 32 } }
`,
    );
    const start = async (): Promise<GatewayProcess> => {
      const gateway = await startGatewayProcess({ config });
      closers.push(() => gateway.kill("SIGKILL"));
      return gateway;
    };
    const acknowledged = new Map<string, number>();
    const seen: Seen = { sequences: [], ids: [] };

    const first = await start();
    const firstReader = readUntil(first.url, seen, () => seen.ids.length >= 500);
    await killInTheMiddle(first, acknowledged, 0.3);
    await firstReader;
    const second = await start();
    await killInTheMiddle(second, acknowledged, 0.7);
    const third = await start();
    await sendUnacknowledged(third.url, acknowledged);
    expect(acknowledged.size).toBe(total);

    const acknowledgedIds = [...acknowledged.keys()];
    const isMissing = (arrived: ReadonlySet<string>): boolean => acknowledgedIds.some((id) => !arrived.has(id));
    await until(() => !isMissing(new Set(otlp.spans().map(({ recordId }) => recordId))), "every acknowledged record is a span", 120_000);
    await until(() => !isMissing(new Set(hooks.hooks().map(({ id }) => id))), "every acknowledged record is a webhook", 120_000);
    await readUntil(third.url, seen, () => new Set(seen.ids).size >= total);
    await until(async () => (await counted(third.url)) >= total, "every record is counted");
    await sleep(300);

    expect(hooks.refusedCount()).toBe(0);
    expect(seen.sequences).toEqual([...seen.sequences].sort((a, b) => a - b));
    expect(new Set(seen.sequences).size).toBe(seen.sequences.length);
    expect([seen.ids.length, new Set(seen.ids).size]).toEqual([total, total]);
    for (const [index, id] of seen.ids.entries()) expect(seen.sequences[index]).toBe(acknowledged.get(id));
    expect(await counted(third.url)).toBe(total);
    const spanIds = new Map(otlp.spans().map(({ recordId, spanId }) => [recordId, spanId]));
    for (const span of otlp.spans()) expect(span.spanId).toBe(spanIds.get(span.recordId));

    third.kill("SIGTERM");
    expect(await third.exited).toEqual({ code: 0, signal: null });
  });
});

async function counted(url: string): Promise<number> {
  const response = await fetch(`${url}/metrics`);
  return sumOfMetric(await response.text(), "tapio_events_total");
}
