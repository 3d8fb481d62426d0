import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { PeerMode } from "../integration-subject.ts";

/** One request as it arrived. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path with the query, as sent. */
  readonly path: string;
  /** Lower-case names; repeated headers joined as Node joins them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The raw body, not decompressed. */
  readonly body: Uint8Array;
  /** How the receiver was told to behave when the request had arrived whole. */
  readonly mode: PeerMode;
}

export interface ReceiverResponse {
  /** HTTP status; absent: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface HttpReceiverOptions {
  /** Answers in mode `accept`; absent: an empty 200. */
  readonly respond?: (request: ReceivedRequest) => ReceiverResponse | Promise<ReceiverResponse>;
  /** Replaces the answers of the modes that answer. */
  readonly answers?: Partial<Record<AnsweringMode, ReceiverResponse>>;
}

/** A local HTTP/1.1 server under the test's control. */
export interface HttpReceiver {
  /** Without a slash at the end, e.g. `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  /** Every request that arrived whole, in order, whatever became of it. */
  readonly requests: readonly ReceivedRequest[];
  behave(mode: PeerMode): void;
  /** The requests that arrived in mode `accept`. */
  accepted(): readonly ReceivedRequest[];
  /** Resolves when at least `count` requests have arrived whole. */
  untilRequests(count: number): Promise<void>;
  /** Stops listening and breaks every connection. May be called twice. */
  close(): Promise<void>;
}

export type AnsweringMode = Exclude<PeerMode, "accept" | "hang" | "reset">;

const defaultAnswers: Readonly<Record<AnsweringMode, ReceiverResponse>> = {
  refuse_record: { status: 400, body: "refused" },
  unavailable: { status: 503, body: "unavailable" },
  throttle: { status: 429, headers: { "retry-after": "2" }, body: "slow down" },
  deny: { status: 401, body: "denied" },
  gone: { status: 410, body: "gone" },
};

/** Listens on a free port of 127.0.0.1. */
export async function createHttpReceiver(options: HttpReceiverOptions = {}): Promise<HttpReceiver> {
  const answers = { ...defaultAnswers, ...options.answers };
  const requests: ReceivedRequest[] = [];
  const watchers = new Set<() => void>();
  let mode: PeerMode = "accept";
  let closed: Promise<void> | undefined;

  const receive = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const arrived = await readRequest(incoming);
    const request: ReceivedRequest = { ...arrived, mode };
    requests.push(request);
    for (const watcher of watchers) watcher();
    if (request.mode === "hang") return;
    if (request.mode === "reset") {
      incoming.socket.resetAndDestroy();
      return;
    }
    const answer = request.mode === "accept" ? await options.respond?.(request) : answers[request.mode];
    response.writeHead(answer?.status ?? 200, { ...answer?.headers });
    response.end(answer?.body);
  };

  const server = createServer((incoming, response) => {
    // A request that breaks off, or a `respond` that throws, ends the connection; the client under test sees that.
    receive(incoming, response).catch((reason: unknown) => response.destroy(reason as Error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${String(port)}`,
    port,
    requests,
    behave: (next) => {
      mode = next;
    },
    accepted: () => requests.filter((request) => request.mode === "accept"),
    async untilRequests(count) {
      while (requests.length < count) {
        await new Promise<void>((resolve) => {
          const watcher = (): void => {
            watchers.delete(watcher);
            resolve();
          };
          watchers.add(watcher);
        });
      }
    },
    close() {
      closed ??= new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closed;
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<Omit<ReceivedRequest, "mode">> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = new Uint8Array(Buffer.concat(chunks));
  return { method: incoming.method ?? "", path: incoming.url ?? "", headers: singleHeaders(incoming), body };
}

function singleHeaders(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return headers;
}
