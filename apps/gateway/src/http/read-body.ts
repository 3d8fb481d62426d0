import { createGunzip } from "node:zlib";
import type { Readable } from "node:stream";
import type { ByteShare } from "./byte-budget.ts";
import { HttpError } from "./http-error.ts";
import type { NodeRequest } from "./node-http.ts";

export interface BodyLimits {
  /** The most bytes of a body, after decompression. */
  readonly maxBytes: number;
  /** How long the whole body may take to arrive, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Reads a request's body whole. Its bytes are counted against `share`, which the caller frees.
 * @throws HttpError 503 too many bodies at once, 408 too slow, 413 too large, 415 unknown content encoding, 400 broken off or broken compression.
 */
export function readBody(request: NodeRequest, limits: BodyLimits, share: ByteShare): Promise<Uint8Array> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > limits.maxBytes) return Promise.reject(tooLarge(limits.maxBytes));
  const encoding = String(request.headers["content-encoding"] ?? "identity").toLowerCase();
  if (encoding === "identity") return collect(request, request, limits, share);
  return encoding === "gzip" ? collectUnpacked(request, limits, share) : Promise.reject(unsupported(encoding));
}

async function collectUnpacked(request: NodeRequest, limits: BodyLimits, share: ByteShare): Promise<Uint8Array> {
  const gunzip = createGunzip();
  request.once("error", (reason: Error) => gunzip.destroy(reason));
  request.once("aborted", () => gunzip.destroy(new Error("the request was broken off")));
  request.pipe(gunzip);
  try {
    return await collect(gunzip, request, limits, share);
  } finally {
    request.unpipe(gunzip);
    gunzip.destroy();
  }
}

function collect(source: Readable, request: NodeRequest, limits: BodyLimits, share: ByteShare): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const timer = setTimeout(() => {
      finish(new HttpError(408, "REQUEST_TIMEOUT", `the body did not arrive within ${limits.timeoutMs} ms`));
    }, limits.timeoutMs);
    const onData = (chunk: Uint8Array): void => {
      bytes += chunk.byteLength;
      if (bytes > limits.maxBytes) finish(tooLarge(limits.maxBytes));
      else if (!share.add(chunk.byteLength)) finish(bodiesExhausted());
      else chunks.push(chunk);
    };
    const onEnd = (): void => finish();
    const onError = (reason: Error): void => finish(brokenBody(reason));
    const onClose = (): void => finish(brokenBody(new Error("the connection was closed in the middle of the body")));
    const finish = (error?: HttpError): void => {
      clearTimeout(timer);
      source.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onError);
      source.on("error", ignore);
      if (request !== source) request.off("close", onClose);
      if (error === undefined) resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, bytes));
      else {
        source.pause();
        reject(error);
      }
    };
    source.on("data", onData).on("end", onEnd).on("error", onError).on("close", onClose);
  });
}

function ignore(): void {
  // The reader has gone: what the stream still reports concerns nobody.
}

function unsupported(encoding: string): HttpError {
  return new HttpError(415, "UNSUPPORTED_ENCODING", `content-encoding "${encoding.slice(0, 40)}" is not supported: send gzip or none`);
}

function bodiesExhausted(): HttpError {
  return new HttpError(503, "UNAVAILABLE", "too many request bodies are in memory: send again later", { "retry-after": "1" });
}

export function tooLarge(maxBytes: number): HttpError {
  return new HttpError(
    413,
    "PAYLOAD_TOO_LARGE",
    `the body is larger than ${maxBytes} bytes: send smaller batches, or raise ingest.max_request_bytes`,
  );
}

function brokenBody(reason: Error): HttpError {
  return new HttpError(400, "BROKEN_BODY", `the body could not be read: ${reason.message}`);
}
