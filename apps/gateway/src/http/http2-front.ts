import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { RequestListener } from "./node-http.ts";

export interface Http2Front {
  /** Speaks HTTP/2 on a connection. */
  adopt(socket: Socket): void;
  /** Says goodbye: streams that are open go on, new ones are refused after a moment. */
  stop(): void;
  /** Ends every session at once. */
  cut(): void;
}

export interface Http2Options {
  readonly timeouts: { readonly headersMs: number; readonly idleMs: number };
  readonly onRequest: RequestListener;
  /** Sees every stream first; true: it answers this one, and `onRequest` never sees it. */
  readonly onStream?: StreamListener | undefined;
}

export type StreamListener = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => boolean;

/** Streams of one connection at once; a client with more to say queues, or opens another connection. */
const streamsMax = 250;
/** As HTTP/1.1's in Node. */
const headerBytesMax = 16 * 1024;
/**
 * How much a client may send ahead on one stream, and on all of a connection together: HTTP/2's 64 KiB for both let one call at a time through, each after
 * a round trip. With these Publish takes a quarter more records a second; with still larger ones no more. What is sent ahead is read at once, and counts
 * against the bodies' budget.
 */
const streamWindowBytes = 128 * 1024;
const connectionWindowBytes = 512 * 1024;
/** How long a silent peer with open streams has to answer a PING. */
const pingTimeoutMs = 10_000;

/** HTTP/2 sessions within limits: streams, header bytes, the first word of a client, idle sessions, and peers that have vanished. */
export function createHttp2({ timeouts, onRequest, onStream }: Http2Options): Http2Front {
  const sessions = new Set<ServerHttp2Session>();
  let stopped = false;
  const server = createServer({
    settings: { maxConcurrentStreams: streamsMax, maxHeaderListSize: headerBytesMax, initialWindowSize: streamWindowBytes },
  });
  const requests = createRequests(onRequest);
  server.on("stream", (stream: ServerHttp2Stream, headers, flags, rawHeaders) => {
    if (onStream?.(stream, headers) !== true) requests.emit("stream", stream, headers, flags, rawHeaders);
  });
  server.on("sessionError", () => undefined);
  server.on("session", (session: ServerHttp2Session) => {
    session.setLocalWindowSize(connectionWindowBytes);
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
    watch(session, timeouts);
    if (stopped) sayGoodbye(session);
  });
  return {
    adopt: (socket) => void server.emit("connection", socket),
    stop() {
      stopped = true;
      for (const session of sessions) sayGoodbye(session);
    },
    cut() {
      for (const session of sessions) session.destroy();
    },
  };
}

/** Makes requests and responses of streams: a server that is handed streams instead of connections. */
function createRequests(onRequest: RequestListener): Http2Server {
  const server = createServer();
  server.on("request", onRequest);
  server.on("checkContinue", onRequest);
  return server;
}

/** How long streams that are already on their way are still taken after the goodbye. */
const goodbyeMs = 250;
/** "Open no more streams", while all that are opened are still answered (RFC 9113, section 6.8). */
const anyStream = 2 ** 31 - 1;

function sayGoodbye(session: ServerHttp2Session): void {
  // Its end is reported a moment after it: there is nobody left to say it to.
  if (session.destroyed) return;
  session.goaway(constants.NGHTTP2_NO_ERROR, anyStream);
  const timer = setTimeout(() => session.close(), goodbyeMs);
  session.once("close", () => clearTimeout(timer));
}

function watch(session: ServerHttp2Session, { headersMs, idleMs }: Http2Options["timeouts"]): void {
  let streams = 0;
  session.on("stream", (stream) => {
    streams += 1;
    stream.once("close", () => {
      streams -= 1;
    });
  });
  const settingsDue = setTimeout(() => session.destroy(), headersMs);
  session.once("remoteSettings", () => clearTimeout(settingsDue));
  session.once("close", () => clearTimeout(settingsDue));
  session.setTimeout(idleMs, () => {
    if (streams === 0) session.close();
    else demandPing(session);
  });
}

/** A peer that lost its power leaves its streams open: without a sign of life the session ends. */
function demandPing(session: ServerHttp2Session): void {
  const timer = setTimeout(() => session.destroy(), pingTimeoutMs);
  const sent = session.ping((failure) => {
    clearTimeout(timer);
    if (failure !== null) session.destroy();
  });
  if (!sent) session.destroy();
}
