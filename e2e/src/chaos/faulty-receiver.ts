import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { isPoison } from "./chaos-record.ts";
import type { FaultMode } from "./chaos-plan.ts";
import { createDeliveryLog, type ArrivedDelivery, type DeliveryLog } from "./delivery-log.ts";
import { faultFor } from "./fault.ts";

export interface FaultyReceiverOptions {
  readonly name: string;
  readonly seed: number;
  /** Nobody is killed, and receivers leave nobody in doubt: what was answered may never come again. */
  readonly exactlyOnce: boolean;
  /** The records of a request. Throws when it is not what the protocol asks for, e.g. when the signature is wrong. */
  decode(headers: Readonly<Record<string, string>>, body: Uint8Array): readonly ArrivedDelivery[];
}

/** A receiver outside of the gateway that takes, refuses, breaks and hangs as its seed says, and writes everything down. */
export interface FaultyReceiver {
  /** Without a slash at the end. */
  readonly url: string;
  readonly log: DeliveryLog;
  /** From now on; `life` is the number of the gateway's life, for the log. */
  behave(mode: FaultMode, life: number): void;
  close(): Promise<void>;
}

export async function createFaultyReceiver({ name, seed, exactlyOnce, decode }: FaultyReceiverOptions): Promise<FaultyReceiver> {
  const log = createDeliveryLog(name, exactlyOnce);
  let mode: FaultMode = "calm";
  let life = 0;

  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const deliveries = decode(request.headers as Record<string, string>, body);
    const attempts = log.arrived(deliveries, life);
    if (deliveries.some(({ id }) => isPoison(id))) {
      log.rejected(deliveries);
      response.writeHead(422).end("poison");
      return;
    }
    const fault = faultFor(mode, seed, name, deliveries[0]?.id ?? "", attempts[0] ?? 0);
    if (fault.kind === "accept") {
      if (fault.afterMs > 0) await sleep(fault.afterMs);
      // Who has gone meanwhile has no answer, and nothing was taken.
      if (response.destroyed) return;
      log.accepted(deliveries);
      response.once("finish", () => log.answered(deliveries));
      response.writeHead(200).end();
      return;
    }
    if (fault.kind === "reset" && fault.taken) log.accepted(deliveries);
    if (fault.kind === "reset") request.socket.resetAndDestroy();
    if (fault.kind === "refuse") {
      const seconds = fault.retryAfterSeconds;
      response.writeHead(fault.status, seconds === undefined ? {} : { "retry-after": String(seconds) }).end("no");
    }
  };
  const server = createServer((request, response) => {
    receive(request, response).catch((reason: unknown) => {
      // A request that broke off is the kill's work; one that arrived whole and cannot be believed is a violation.
      if (request.complete) log.violate({ rule: "refused", text: `a request cannot be believed: ${String(reason)}` });
      response.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    behave(next, inLife) {
      mode = next;
      life = inLife;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
