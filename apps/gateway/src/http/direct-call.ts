import { constants, Http2ServerResponse, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { DirectAnswer } from "@tapio/integration-grpc";
import { answerCall } from "./api-call.ts";
import type { DirectParts } from "./direct-router.ts";
import { bodiesExhausted, lateBody } from "./guarded-body.ts";
import { readMessage, type ReadMessage } from "./read-message.ts";
import { lingerMs } from "./refusal.ts";
import { loggablePath } from "./request-target.ts";

/** Reads one message, publishes it and answers; hands the call over to the general handler as soon as anything about it is unusual. It never rejects. */
export async function answerDirectly(parts: DirectParts): Promise<void> {
  const { stream, headers, direct, limits, budget, pool, logger } = parts;
  const gone = new AbortController();
  stream.on("error", () => undefined);
  stream.once("aborted", () => gone.abort());
  const share = budget.open();
  const beganAtMs = performance.now();
  const read = await readMessage(stream, { limits, share, pool });
  try {
    const answer = read.message && (await direct.publish(read.message, { headers, signal: gone.signal }));
    if (stream.destroyed) return;
    if (answer !== undefined) return send(stream, direct.contentType, answer);
    share.free();
    await answerByHandler(parts, read, { signal: gone.signal, elapsedMs: performance.now() - beganAtMs });
  } catch (reason) {
    logger.error({ err: reason, path: loggablePath(direct.requestPath) }, "request failed");
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  } finally {
    // Whoever was given the message has settled by now.
    pool.give(read.buffer);
    share.free();
    endUnread(stream);
  }
}

function send(stream: ServerHttp2Stream, contentType: string, { body, trailers }: DirectAnswer): void {
  stream.respond({ ":status": 200, "content-type": contentType }, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers(trailers));
  stream.end(body);
}

/** The general handler sees the call as if nobody had looked at it before. */
async function answerByHandler(
  { stream, headers, handler, limits, budget }: DirectParts,
  read: ReadMessage,
  { signal, elapsedMs }: { readonly signal: AbortSignal; readonly elapsedMs: number },
): Promise<void> {
  const call = {
    httpVersion: "2.0",
    method: "POST",
    url: `http://${headers[":authority"] ?? "localhost"}${headers[":path"]}`,
    header: webHeadersOf(headers),
    body: bodyOf(stream, read, limits.timeoutMs),
    signal,
  };
  const guard = { share: budget.open(), timeoutMs: limits.timeoutMs, elapsedMs: Math.min(elapsedMs, limits.timeoutMs) };
  await answerCall(handler, call, new Http2ServerResponse(stream), guard);
}

async function* bodyOf(stream: ServerHttp2Stream, { chunks, end }: ReadMessage, timeoutMs: number): AsyncGenerator<Uint8Array> {
  yield* chunks;
  if (end === "late") throw lateBody(timeoutMs);
  if (end === "exhausted") throw bodiesExhausted();
  if (end === "unusual") yield* stream as AsyncIterable<Uint8Array>;
}

function webHeadersOf(headers: IncomingHttpHeaders): Headers {
  const web = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(":") || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) web.append(name, one);
  }
  return web;
}

/** The rest of a body that was answered early is thrown away for a moment, as `endAfterAnswer` does. */
function endUnread(stream: ServerHttp2Stream): void {
  if (stream.readableEnded || stream.destroyed) return;
  stream.resume();
  const timer = setTimeout(() => stream.close(), lingerMs);
  timer.unref();
  stream.once("close", () => clearTimeout(timer));
}
