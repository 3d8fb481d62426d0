import { Webhook } from "standardwebhooks";
import { decodeSpans } from "../otlp-receiver.ts";
import { hashOfBytes, hashOfJson } from "./canonical.ts";
import { receiverNames, type CyclePlan, type ReceiverName } from "./chaos-plan.ts";
import type { ArrivedDelivery } from "./delivery-log.ts";
import { createFaultyReceiver, type FaultyReceiver } from "./faulty-receiver.ts";

export const webhookSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/** The receivers of one round. */
export interface Receivers extends AsyncDisposable {
  readonly byName: Readonly<Record<ReceiverName, FaultyReceiver>>;
  /** What the webhook receivers found in each body that they saw, by its fingerprint: the hash of `data`. */
  readonly dataByFingerprint: ReadonlyMap<string, string>;
  behave(faults: CyclePlan["faults"], life: number): void;
  /** Those of paused destinations expect nothing, until they are told that it is resumed. */
  expectSilence(paused: readonly string[]): void;
  resuming(destination: string): void;
}

export const calm: CyclePlan["faults"] = { any: "calm", keyed: "calm", picky: "calm", traces: "calm" };

export async function createReceivers(seed: number, exactlyOnce: boolean): Promise<Receivers> {
  const webhook = new Webhook(webhookSecret);
  const dataByFingerprint = new Map<string, string>();
  const decodeHook = (headers: Readonly<Record<string, string>>, body: Uint8Array): readonly ArrivedDelivery[] => {
    const text = Buffer.from(body).toString("utf8");
    const payload = webhook.verify(text, headers) as { readonly id: string; readonly data: unknown };
    const id = headers["webhook-id"] ?? "";
    if (payload.id !== id) throw new Error(`webhook-id is ${id}, the payload's id ${payload.id}`);
    const fingerprint = hashOfBytes(body);
    if (!dataByFingerprint.has(fingerprint)) dataByFingerprint.set(fingerprint, hashOfJson(payload.data));
    return [{ id, fingerprint }];
  };
  const create = (name: ReceiverName): Promise<FaultyReceiver> =>
    createFaultyReceiver({ name, seed, exactlyOnce, decode: name === "traces" ? decodeTraces : decodeHook });
  const [any, keyed, picky, traces] = await Promise.all([create("any"), create("keyed"), create("picky"), create("traces")]);
  const byName = { any, keyed, picky, traces };
  return {
    byName,
    dataByFingerprint,
    behave: (faults, life) => {
      for (const name of receiverNames) byName[name].behave(faults[name], life);
    },
    expectSilence: (paused) => {
      for (const name of receiverNames) byName[name].log.silence(paused.includes(name));
    },
    resuming: (destination) => {
      for (const name of receiverNames) if (name === destination) byName[name].log.silence(false);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(receiverNames.map((name) => byName[name].close()));
    },
  };
}

function decodeTraces(headers: Readonly<Record<string, string>>, body: Uint8Array): readonly ArrivedDelivery[] {
  return decodeSpans(headers, body).map(({ recordId, content }) => ({ id: recordId, fingerprint: hashOfBytes(content) }));
}
