import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import type { SourceEndpoint, SourceRequest } from "@tapio/ingest";
import type { Logger } from "@tapio/integration-core";
import { silentLogger } from "@tapio/testing";
import { afterEach } from "vitest";
import { createAccess, type AccessRules } from "../http/access.ts";
import { createByteBudget } from "../http/byte-budget.ts";
import { openPort, type Port } from "../http/port.ts";
import { createRouter, type Page } from "../http/router.ts";

/** Whoever reaches it from this machine may call. */
export const openAccess: AccessRules = { tokens: [], cidrs: [], pathTokens: [], mtls: false, open: false };
const pages: readonly Page[] = [
  { path: "/healthz", isPublic: true, render: async () => ({ status: 200, headers: { "content-type": "text/plain" }, body: "ok\n" }) },
  { path: "/metrics", isPublic: false, render: async () => ({ status: 200, headers: { "content-type": "text/plain" }, body: "m 1\n" }) },
];
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

export interface Served {
  readonly port: Port;
  readonly url: string;
  readonly seen: SourceRequest[];
}

/** A port with probes, a page and an endpoint that echoes lengths; closed after each test. */
export async function serve(
  options: {
    rules?: AccessRules;
    requestMs?: number;
    budgetBytes?: number;
    isOpen?: boolean;
    logger?: Logger;
    handle?: SourceEndpoint["handle"];
  } = {},
): Promise<Served> {
  const seen: SourceRequest[] = [];
  const echo: SourceEndpoint = {
    method: "POST",
    path: "/v1/echo",
    handle: async (request) => {
      seen.push(request);
      return (
        (await options.handle?.(request)) ?? {
          status: 200,
          headers: { "content-type": "text/plain" },
          body: `${request.body.byteLength}\n`,
        }
      );
    },
  };
  const timeoutMs = options.requestMs ?? 5_000;
  const router = createRouter({
    access: createAccess(options.rules ?? openAccess),
    api: [],
    sources: [echo],
    pages,
    limits: { maxBytes: 100_000, timeoutMs },
    budget: createByteBudget(options.budgetBytes ?? 1_000_000),
    isOpen: () => options.isOpen ?? true,
    logger: options.logger ?? silentLogger,
  });
  const port = await openPort({
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    timeouts: { headersMs: Math.min(timeoutMs, 1_000), requestMs: timeoutMs + 500, idleMs: 5_000 },
    connectionsMax: 100,
    onRequest: router,
  });
  closers.push(() => port.close(100));
  return { port, url: `http://127.0.0.1:${port.address.port}`, seen };
}

export async function errorOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { error: unknown }).error;
}

export function http2Session(url: string): ClientHttp2Session {
  const session = connectHttp2(url);
  session.on("error", () => undefined);
  closers.push(async () => session.destroy());
  return session;
}

/** One request over cleartext HTTP/2; `send` writes the body and may leave it open. */
export function http2Request(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  send: (write: (chunk: Buffer | string) => void, end: () => void) => void,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    let status = 0;
    let body = "";
    stream.setEncoding("utf8");
    stream.on("response", (answer) => (status = Number(answer[":status"])));
    stream.on("data", (chunk: string) => (body += chunk));
    stream.on("end", () => resolve({ status, body }));
    stream.on("error", (reason) => (status === 0 ? reject(reason) : resolve({ status, body })));
    send(
      (chunk) => stream.write(chunk),
      () => stream.end(),
    );
  });
}
