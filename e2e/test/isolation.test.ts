import type { PeerMode } from "@tapio/testing";
import { afterEach, describe, expect, it } from "vitest";
import { startGatewayProcess, type GatewayProcess } from "../src/gateway-process.ts";
import { sumOfMetric } from "../src/metrics-text.ts";
import { createOtlpReceiver, type OtlpReceiver } from "../src/otlp-receiver.ts";
import { idsOf, publishAll } from "../src/publish.ts";
import { createScratch } from "../src/scratch.ts";
import { until } from "../src/until.ts";
import { createVerifyingWebhookReceiver, type VerifyingWebhookReceiver } from "../src/webhook-receiver.ts";

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/** More than the bad one may have in flight (100), and than it may have delivered above an unsettled record (four times that). */
const ids = idsOf("isolation", 1_000);
const closers: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Four {
  readonly gateway: GatewayProcess;
  readonly bad: VerifyingWebhookReceiver;
  readonly good: VerifyingWebhookReceiver;
  readonly otlp: OtlpReceiver;
  /** The state that /readyz shows of the bad one. */
  badState(): Promise<string>;
}

/** Four destinations, one of which meets a receiver that behaves badly from the start. */
async function startFour(mode: PeerMode, badTimeout: string): Promise<Four> {
  const scratch = createScratch();
  closers.push(() => scratch[Symbol.dispose]());
  const [bad, good, otlp] = await Promise.all([
    createVerifyingWebhookReceiver(secret),
    createVerifyingWebhookReceiver(secret),
    createOtlpReceiver(),
  ]);
  closers.push(() => Promise.all([bad.close(), good.close(), otlp.close()]));
  bad.http.behave(mode);
  const hook = (url: string, timeout: string): string =>
    `{ url: "${url}", secret: "${secret}", allowed_cidrs: ["127.0.0.0/8"], concurrency: 32, timeout: ${timeout} }`;
  const config = scratch.write(
    "tapio.yaml",
    `journal: { sqlite: { path: "${scratch.path}/data" } }
server: { listeners: [{ address: "127.0.0.1:0" }] }
shutdown_deadline: 2s
destinations:
  - { name: bad, retry: { initial_delay: 50ms, max_delay: 200ms, max_attempts: 1000000 }, window: { max_in_flight_records: 100 }, webhooks: ${hook(bad.url, badTimeout)} }
  - { name: good, webhooks: ${hook(good.url, "15s")} }
  - { name: traces, otel: { endpoint: "${otlp.url}" } }
  - { name: metrics, prometheus: {} }
`,
  );
  const gateway = await startGatewayProcess({ config });
  closers.push(() => gateway.kill("SIGKILL"));
  const badState = async (): Promise<string> => {
    const page = (await (await fetch(`${gateway.url}/readyz`)).json()) as { readonly destinations: { readonly bad: string } };
    return page.destinations.bad;
  };
  return { gateway, bad, good, otlp, badState };
}

async function untilTheOthersHaveAll({ gateway, good, otlp }: Four): Promise<void> {
  await until(() => new Set(good.hooks().map(({ id }) => id)).size === ids.length, "the good receiver has all");
  await until(() => new Set(otlp.spans().map(({ recordId }) => recordId)).size === ids.length, "the OTLP receiver has all");
  await until(
    async () => sumOfMetric(await (await fetch(`${gateway.url}/metrics`)).text(), "tapio_events_total") === ids.length,
    "all are counted",
  );
}

describe("DLV-40: of four destinations", () => {
  it(
    "the other three settle everything while one hangs for good, and the gateway stops within its deadline",
    { timeout: 120_000 },
    async () => {
      const four = await startFour("hang", "300s");
      await publishAll(four.gateway.url, ids);
      await untilTheOthersHaveAll(four);
      expect(four.bad.hooks()).toEqual([]);
      expect((await fetch(`${four.gateway.url}/readyz`)).status).toBe(200);

      four.gateway.kill("SIGTERM");
      expect(await four.gateway.exited).toEqual({ code: 0, signal: null });
    },
  );

  it.each<[string, PeerMode]>([
    ["resets every connection", "reset"],
    ["answers 503", "unavailable"],
    ["answers 429 with Retry-After", "throttle"],
    ["never answers in time", "hang"],
  ])("the other three settle everything while one %s, and it gets all when it is well again", { timeout: 120_000 }, async (_, mode) => {
    const four = await startFour(mode, "500ms");
    await publishAll(four.gateway.url, ids);
    await untilTheOthersHaveAll(four);
    expect(four.bad.hooks()).toEqual([]);

    four.bad.http.behave("accept");
    await until(() => new Set(four.bad.hooks().map(({ id }) => id)).size === ids.length, "the bad receiver has all", 90_000);
    expect(four.bad.refusedCount()).toBe(0);
  });

  it("DLV-20, DLV-26: one that answers 410 is disabled, visibly, and is asked no more", { timeout: 60_000 }, async () => {
    const four = await startFour("gone", "15s");
    await publishAll(four.gateway.url, ids);
    await untilTheOthersHaveAll(four);
    await until(async () => (await four.badState()) === "disabled", "it is disabled");
    const asked = four.bad.http.requests.length;
    await publishAll(four.gateway.url, idsOf("more", 100));
    await until(() => new Set(four.good.hooks().map(({ id }) => id)).size === ids.length + 100, "the good receiver has more");
    expect([await four.badState(), four.bad.http.requests.length]).toEqual(["disabled", asked]);
    // What was in flight when the first 410 came, and no more.
    expect(asked).toBeLessThanOrEqual(100);
  });
});
