import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createWebhookReceiver, type RawResponse, type WebhookReceiver } from "@tapio/integration-webhooks";
import { CommandFailure } from "./io.ts";

export interface ShownWebhook {
  readonly id: string;
  /** When it was signed, RFC 3339. */
  readonly at: string;
  readonly json: unknown;
}

export interface WebhookListenerOptions {
  readonly secrets: readonly string[];
  readonly host: string;
  readonly port: number;
  /** How many webhooks to take before `limitReached`. */
  readonly limit: number;
  now(): number;
  onWebhook(webhook: ShownWebhook): void;
  onRefused(status: number, reason: string): void;
}

export interface WebhookListener {
  readonly url: string;
  readonly limitReached: Promise<void>;
  close(): Promise<void>;
}

const bodyBytesMax = 1024 * 1024;

/**
 * A small server that verifies webhooks and hands them on, for trying things out.
 * @throws CommandFailure when the port cannot be had; InvalidSecretError.
 */
export async function listenForWebhooks(options: WebhookListenerOptions): Promise<WebhookListener> {
  const { promise: limitReached, resolve: reachLimit } = Promise.withResolvers<void>();
  let taken = 0;
  if (options.limit === 0) reachLimit();
  const receive = createWebhookReceiver({
    secrets: options.secrets,
    clock: { now: () => options.now() },
    maxBodyBytes: bodyBytesMax,
    onMessage: async ({ id, timestampSeconds, json }) => {
      options.onWebhook({ id, at: new Date(timestampSeconds * 1_000).toISOString(), json });
      taken += 1;
      if (taken >= options.limit) reachLimit();
      return undefined;
    },
  });
  const server = createServer((request, response) => {
    answer(receive, request, response, options.onRefused).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (reason: NodeJS.ErrnoException) => reject(cannotListen(options, reason)));
    server.listen(options.port, options.host, resolve);
  });
  const { address, family, port } = server.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${port}`,
    limitReached,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 500).unref();
      }),
  };
}

function cannotListen({ host, port }: WebhookListenerOptions, reason: NodeJS.ErrnoException): CommandFailure {
  const why: { readonly [code: string]: string } = {
    EADDRINUSE: "the port is taken. Choose another by --port; 0 takes a free one",
    EACCES: "this user may not have the port. Choose one above 1023 by --port",
    EADDRNOTAVAIL: "this machine does not have the address. Choose another by --host",
    ENOTFOUND: "there is no such host. Choose another by --host",
  };
  return new CommandFailure(3, `cannot listen on ${host}:${port}: ${why[reason.code ?? ""] ?? reason.message}`);
}

async function answer(
  receive: WebhookReceiver,
  request: IncomingMessage,
  response: ServerResponse,
  onRefused: WebhookListenerOptions["onRefused"],
): Promise<void> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    // Past the bound one chunk is kept, so that the receiver sees that there was more; the rest is thrown away.
    if (bytes <= bodyBytesMax) chunks.push(chunk);
    bytes += chunk.byteLength;
  }
  const answered = await receive({ method: request.method ?? "", headers: request.headers, body: Buffer.concat(chunks) });
  if (answered.status >= 300) onRefused(answered.status, reasonOf(answered));
  response.writeHead(answered.status, { ...answered.headers });
  response.end(answered.body);
}

function reasonOf({ body }: RawResponse): string {
  return body === undefined ? "" : Buffer.from(body).toString().trim();
}
