// Signed posts per second: `node --conditions=tapio-source bench/post.ts`. The bare loop posts one finished body with undici, over as many
// connections and to the same receiver, which no sender can do without; signing and encoding are measured alone as well.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { WebhooksConfigSchema } from "@tapio/contracts/integrations/webhooks/v1/config";
import { createIntegrationContext, sampleViews } from "@tapio/testing";
import { Pool } from "undici";
import { createSigner, createWebhooksIntegration, generateSecret } from "../src/index.ts";
import { encodePayload } from "../src/sender/payload.ts";

const BATCH = 200;
const BATCHES = 20;
const RUNS = 3;
const CONNECTIONS = 16;

const child = fork(fileURLToPath(new URL("receiver.ts", import.meta.url)), { stdio: ["ignore", "pipe", "inherit", "ipc"] });
const [port] = (await once(child.stdout ?? child, "data")) as [Buffer];
const url = `http://127.0.0.1:${String(port).trim()}`;
const secret = generateSecret();
const signer = createSigner({ secrets: [secret] });
const views = sampleViews(BATCH);
const bodies = views.map((view) => encodePayload(view.decoded()));
const [body = Buffer.alloc(0)] = bodies;

const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
const integration = createWebhooksIntegration();
const config = create(WebhooksConfigSchema, { url: `${url}/hook`, secret, concurrency: CONNECTIONS, allowedCidrs: ["127.0.0.0/8"] });
await integration.initialize(config, createIntegrationContext());

const jobs: readonly (readonly [string, () => unknown])[] = [
  ["bare loop: undici posts one body", barePosts],
  ["ours: encode, sign, post", ourPosts],
  ["encode alone", () => views.map((view) => encodePayload(view.decoded()))],
  ["sign alone", () => bodies.map((each, index) => signer.sign({ id: `record-${index}`, timestampSeconds: 1, body: each }))],
];

const perSecond = jobs.map(() => [] as number[]);
for (let run = 0; run < RUNS; run += 1) {
  for (const [index, [, job]] of jobs.entries()) perSecond[index]?.push(await measure(job));
}
const medians = perSecond.map((figures) => figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? 0);
process.stdout.write(`${body.length} bytes per post, ${CONNECTIONS} connections, medians of ${RUNS} runs of ${BATCH * BATCHES}\n`);
for (const [index, [name]] of jobs.entries()) {
  const median = medians[index] ?? 0;
  const ratio = (median / (medians[0] ?? 1)).toFixed(2);
  process.stdout.write(`${name.padEnd(34)} ${String(Math.round(median)).padStart(8)}/s  ${ratio.padStart(6)} of the bare loop\n`);
}

await integration.close();
await pool.destroy();
child.disconnect();
await once(child, "exit");

async function measure(job: () => unknown): Promise<number> {
  await job();
  const startMs = performance.now();
  for (let batch = 0; batch < BATCHES; batch += 1) await job();
  return (BATCH * BATCHES * 1000) / (performance.now() - startMs);
}

async function barePosts(): Promise<void> {
  await Promise.all(
    views.map(async () => {
      const answer = await pool.request({ method: "POST", path: "/hook", headers: ["content-type", "application/json"], body });
      await answer.body.dump();
    }),
  );
}

async function ourPosts(): Promise<void> {
  const deliveries = views.map(({ header }) => ({ deliveryId: header.id, attempt: 1 }));
  const outcomes = await integration.processBatch?.(views, { signal: new AbortController().signal, deliveries });
  const lost = outcomes?.filter((outcome) => outcome.kind !== "delivered").length ?? BATCH;
  if (lost > 0) throw new Error(`${lost} posts were not delivered`);
}
