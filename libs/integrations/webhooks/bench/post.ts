// Signed posts per second: `node --conditions=tapio-source bench/post.ts`. The bare loop does what no sender can do without, with undici's
// `request` and with its `dispatch`: JSON.stringify of a ready object, an HMAC of it, a POST over as many connections and to the same receiver.
// The CPU time is this process's; the receiver has its own.
import { fork } from "node:child_process";
import { createHmac, createSecretKey } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { WebhooksConfigSchema } from "@tapio/contracts/integrations/webhooks/v1/config";
import { createIntegrationContext, sampleViews } from "@tapio/testing";
import { Pool } from "undici";
import { createSigner, createWebhooksIntegration, generateSecret } from "../src/index.ts";
import { encodeMessage, encodePayload } from "../src/sender/payload.ts";

const BATCH = 200;
const BATCHES = 20;
const RUNS = 5;
const CONNECTIONS = 16;

const child = fork(fileURLToPath(new URL("receiver.ts", import.meta.url)), { stdio: ["ignore", "pipe", "inherit", "ipc"] });
const [port] = (await once(child.stdout ?? child, "data")) as [Buffer];
const url = `http://127.0.0.1:${String(port).trim()}`;
const secret = generateSecret();
const key = createSecretKey(Buffer.from(secret.slice("whsec_".length), "base64"));
const signer = createSigner({ secrets: [secret] });
const views = sampleViews(BATCH);
const bodies = views.map(encodePayload);
const payloads = bodies.map((body) => ({ id: "", json: JSON.parse(Buffer.from(body).toString()) as { id: string } }));
for (const payload of payloads) payload.id = payload.json.id;

const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
const integration = createWebhooksIntegration();
const config = create(WebhooksConfigSchema, { url: `${url}/hook`, secret, concurrency: CONNECTIONS, allowedCidrs: ["127.0.0.0/8"] });
await integration.initialize(config, createIntegrationContext());

interface Job {
  readonly name: string;
  readonly run: () => unknown;
  readonly figures: { readonly perSecond: number; readonly cpuMicros: number }[];
}
const job = (name: string, run: () => unknown): Job => ({ name, run, figures: [] });
const bare = job("bare loop: stringify, HMAC, request", bareRequests);
const jobs = [
  bare,
  job("bare loop: stringify, HMAC, dispatch", bareDispatches),
  job("ours: record to signed post", ourPosts),
  job("payload from the record's bytes", () => views.map(encodePayload)),
  job("payload from the decoded message", () => views.map((view) => encodeMessage(view.decoded()))),
  job("stringify of a ready object", () => payloads.map(({ json }) => Buffer.from(JSON.stringify(json)))),
  job("sign", () => bodies.map((body, index) => signer.sign({ id: `record-${index}`, timestampSeconds: 1, body }))),
];

for (let run = 0; run < RUNS; run += 1) for (const each of jobs) each.figures.push(await measure(each));
process.stdout.write(
  `${bodies[0]?.length ?? 0} bytes per post, ${CONNECTIONS} connections, medians of ${RUNS} runs of ${BATCH * BATCHES}\n`,
);
for (const { name, figures } of jobs) {
  const perSecond = median(figures.map((figure) => figure.perSecond));
  const ratio = perSecond / median(bare.figures.map((figure) => figure.perSecond));
  const cpu = median(figures.map((figure) => figure.cpuMicros));
  process.stdout.write(
    `${name.padEnd(38)} ${String(Math.round(perSecond)).padStart(8)}/s  ${ratio.toFixed(2).padStart(6)} of the bare loop  ${cpu.toFixed(1).padStart(6)} us of CPU each\n`,
  );
}

await integration.close();
await pool.destroy();
child.disconnect();
await once(child, "exit");

async function measure({ run }: Job): Promise<Job["figures"][number]> {
  await run();
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  for (let batch = 0; batch < BATCHES; batch += 1) await run();
  const perSecond = (BATCH * BATCHES * 1000) / (performance.now() - startMs);
  const { user, system } = process.cpuUsage(cpuBefore);
  return { perSecond, cpuMicros: (user + system) / (BATCH * BATCHES) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function bareRequest({ id, json }: (typeof payloads)[number]) {
  const body = Buffer.from(JSON.stringify(json));
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
  const headers = [
    "content-type",
    "application/json",
    "webhook-id",
    id,
    "webhook-timestamp",
    timestamp,
    "webhook-signature",
    `v1,${signature}`,
  ];
  return { method: "POST", path: "/hook", headers, body } as const;
}

async function bareRequests(): Promise<void> {
  await Promise.all(
    payloads.map(async (payload) => {
      const answer = await pool.request(bareRequest(payload));
      await answer.body.dump();
    }),
  );
}

async function bareDispatches(): Promise<void> {
  await Promise.all(
    payloads.map((payload) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      pool.dispatch(bareRequest(payload), {
        onRequestStart: () => undefined,
        onResponseStart: () => undefined,
        onResponseData: () => undefined,
        onResponseEnd: () => resolve(),
        onResponseError: (_, error) => reject(error),
      });
      return promise;
    }),
  );
}

async function ourPosts(): Promise<void> {
  const deliveries = views.map(({ header }) => ({ deliveryId: header.id, attempt: 1 }));
  const outcomes = await integration.processBatch?.(views, { signal: new AbortController().signal, deliveries });
  const lost = outcomes?.filter((outcome) => outcome.kind !== "delivered").length ?? BATCH;
  if (lost > 0) throw new Error(`${lost} posts were not delivered`);
}
