import type { ServerHttp2Stream } from "node:http2";
import type { BufferPool } from "./buffer-pool.ts";
import type { ByteShare } from "./byte-budget.ts";
import type { BodyLimits } from "./read-body.ts";

/** What was read of a gRPC call that should have one uncompressed message. */
export interface ReadMessage {
  /** The message, when there is exactly one, and nothing else. It lies in `buffer`. */
  readonly message: Buffer | undefined;
  /** Everything that was read, in order. It lies in `buffer`, too, but for what came last. */
  readonly chunks: readonly Buffer[];
  /** From the pool, to be given back to it. */
  readonly buffer: Buffer;
  /** Why the reading ended: the body did, it is not as expected (the rest is still in the stream), it took too long, or too many bodies are in memory. */
  readonly end: "ended" | "unusual" | "late" | "exhausted";
}

export interface ReadMessageOptions {
  readonly limits: BodyLimits;
  /** The body's bytes are counted against it; the caller frees it. */
  readonly share: ByteShare;
  readonly pool: BufferPool;
}

/** gRPC's prefix of a message: a flag and the length (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
const prefixBytes = 5;

/** Reads the body of a gRPC call. It never rejects. */
export function readMessage(stream: ServerHttp2Stream, { limits, share, pool }: ReadMessageOptions): Promise<ReadMessage> {
  const { maxBytes, timeoutMs } = limits;
  return new Promise((resolve) => {
    let buffer = pool.take(prefixBytes);
    let bytes = 0;
    let expected: number | undefined;
    const finish = (end: ReadMessage["end"], last?: Buffer): void => {
      clearTimeout(timer);
      stream.off("data", onData).off("end", onEnd).off("close", onEnd);
      if (end !== "ended") stream.pause();
      const message = end === "ended" && bytes === expected ? buffer.subarray(prefixBytes, bytes) : undefined;
      const read = buffer.subarray(0, bytes);
      resolve({ message, chunks: last === undefined ? [read] : [read, last], buffer, end });
    };
    const onEnd = (): void => finish("ended");
    const onData = (chunk: Buffer): void => {
      if (!share.add(chunk.byteLength)) return finish("exhausted", chunk);
      expected ??= expectedBytes(buffer, bytes, chunk);
      const total = bytes + chunk.byteLength;
      if (expected !== undefined && (total > expected || expected > prefixBytes + maxBytes)) return finish("unusual", chunk);
      if (expected !== undefined && total > buffer.byteLength) {
        const larger = pool.take(roomFor(expected, total));
        buffer.copy(larger, 0, 0, bytes);
        pool.give(buffer);
        buffer = larger;
      }
      chunk.copy(buffer, bytes);
      bytes = total;
    };
    const timer = setTimeout(() => finish("late"), timeoutMs);
    timer.unref();
    stream.on("data", onData).on("end", onEnd).on("close", onEnd);
  });
}

/** Below this a claim is believed. */
const believedBytes = 1024 * 1024;

/** Room for what has come and for what is likely to: a length is claimed in five bytes, and a client may claim it on every stream. */
function roomFor(expected: number, total: number): number {
  return expected <= believedBytes ? expected : Math.min(expected, Math.max(believedBytes, total * 2));
}

/** How long the body should be by its prefix: 0 when no such message is expected here, `undefined` while a part of the prefix is missing. */
function expectedBytes(buffer: Buffer, bytes: number, chunk: Buffer): number | undefined {
  if (bytes + chunk.byteLength < prefixBytes) return undefined;
  const prefix = bytes === 0 ? chunk : Buffer.concat([buffer.subarray(0, bytes), chunk], prefixBytes);
  return prefix[0] === 0 ? prefixBytes + prefix.readUInt32BE(1) : 0;
}
