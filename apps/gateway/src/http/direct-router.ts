import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import type { DirectPublish } from "@tapio/integration-grpc";
import { answerDirectly } from "./direct-call.ts";
import { createBufferPool, type BufferPool } from "./buffer-pool.ts";
import type { StreamListener } from "./http2-front.ts";
import type { RouterOptions } from "./router.ts";

/** Bytes of buffers for messages that are kept for the next ones. */
const pooledBytesMax = 16 * 1024 * 1024;

/**
 * Takes the calls that may be answered without making a request, a response and a universal call of them. Whatever is unusual about a
 * call's headers, its access included, is left to the router, before a byte of its body is read.
 */
export function createDirectRouter(options: RouterOptions, direct: DirectPublish): StreamListener {
  const handler = options.api.find(({ requestPath }) => requestPath === direct.requestPath);
  if (handler === undefined) return () => false;
  const pool = createBufferPool(pooledBytesMax);
  return (stream, headers) => {
    if (!mayBeDirect(headers, direct) || !options.isOpen() || !isAllowed(stream, headers, options)) return false;
    void answerDirectly({ stream, headers, direct, handler, pool, ...options });
    return true;
  };
}

/** What the direct way needs for one call. */
export interface DirectParts extends Pick<RouterOptions, "limits" | "budget" | "logger"> {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly direct: DirectPublish;
  readonly pool: BufferPool;
  /** Answers what turns out to be unusual. */
  readonly handler: UniversalHandler;
}

function mayBeDirect(headers: IncomingHttpHeaders, direct: DirectPublish): boolean {
  if (headers[":path"] !== direct.requestPath || headers[":method"] !== "POST" || headers.expect !== undefined) return false;
  return direct.takes(headers);
}

function isAllowed(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, { access }: RouterOptions): boolean {
  const verdict = access({
    peerAddress: stream.session?.socket.remoteAddress ?? "",
    url: headers[":path"] ?? "",
    authorization: headers.authorization,
    host: headers[":authority"] ?? headers.host,
    origin: headers.origin,
  });
  return verdict.allowed && verdict.url === headers[":path"];
}
