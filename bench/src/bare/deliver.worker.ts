import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import { type Record, RecordSchema } from "@tapio/contracts/domain/v1/record";
import { Pool } from "undici";
import { createOtlpSpans } from "./otlp-spans.ts";

// The bare loops' deliveries, in a thread of their own: J4 decodes, counts, and posts gzipped OTLP; J5 decodes, and posts a signed JSON text per record.

/** What the worker is told at its start. */
export interface DeliverySettings {
  readonly kind: "spans" | "webhooks";
  readonly url: string;
  readonly secret: string;
}

const { kind, url, secret } = workerData as DeliverySettings;
const { origin, pathname } = new URL(url);
const SPANS_PER_POST = 500;
const IN_FLIGHT = { spans: 2, webhooks: 32 }[kind];
const GZIP_LEVEL = 1;
const pool = new Pool(origin, { connections: IN_FLIGHT });
const queue: Uint8Array[] = [];
let inFlight = 0;

async function post(headers: { [name: string]: string }, body: string | Buffer): Promise<void> {
  const answer = await pool.request({ path: pathname, method: "POST", headers, body });
  await answer.body.dump();
  if (answer.statusCode >= 300) throw new Error(`the receiver answered ${answer.statusCode}`);
}

const counters = new Map<string, number>();
const spans = createOtlpSpans();

function addSpan(record: Record): void {
  const { value } = record.kind;
  const key = `${record.kind.case}|${value?.type}|${value?.severity}`;
  counters.set(key, (counters.get(key) ?? 0) + 1);
  spans.add(record);
}

async function postSpans(): Promise<void> {
  for (let bytes = queue.shift(); bytes !== undefined; bytes = queue.shift()) {
    addSpan(fromBinary(RecordSchema, bytes));
    if (spans.count >= SPANS_PER_POST) break;
  }
  const headers = { "content-type": "application/x-protobuf", "content-encoding": "gzip" };
  await post(headers, gzipSync(spans.take(), { level: GZIP_LEVEL }));
}

async function postWebhook(key: KeyObject): Promise<void> {
  const bytes = queue.shift();
  if (bytes === undefined) return;
  const { value } = fromBinary(RecordSchema, bytes).kind;
  const seconds = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({ type: value?.type, timestamp: seconds, data: { ...value, time: undefined, observedTime: undefined } });
  const id = value?.id ?? "";
  const signature = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": `v1,${signature}`,
  };
  await post(headers, body);
}

const key = createSecretKey(Buffer.from(secret));
const next = kind === "spans" ? postSpans : (): Promise<void> => postWebhook(key);

async function pump(): Promise<void> {
  if (inFlight >= IN_FLIGHT || queue.length === 0) return;
  inFlight += 1;
  void pump();
  await next();
  inFlight -= 1;
  void pump();
}

/** Each message is one gRPC frame with records, as it came. */
parentPort?.on("message", (frame: Uint8Array) => {
  for (let at = 5; at < frame.length;) {
    let size = 0;
    at += 1;
    for (let shift = 0; ; shift += 7) {
      const byte = frame[at++] ?? 0;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    queue.push(frame.subarray(at, at + size));
    at += size;
  }
  void pump();
});
