import type { ServerHttp2Stream } from "node:http2";
import type { ByteShare } from "./byte-budget.ts";
import type { BodyLimits } from "./read-body.ts";

/** What was read of a gRPC call that should have one uncompressed message. */
export interface ReadMessage {
  /** The message, when there is exactly one, and nothing else. It may share its memory with others. */
  readonly message: Buffer | undefined;
  /** Everything that was read. */
  readonly chunks: readonly Buffer[];
  /** Why the reading ended: the body did, it is not as expected (the rest is still in the stream), it took too long, or too many bodies are in memory. */
  readonly end: "ended" | "unusual" | "late" | "exhausted";
}

/** gRPC's prefix of a message: a flag and the length (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
const prefixBytes = 5;

/** Reads the body of a gRPC call; its bytes are counted against `share`, which the caller frees. It never rejects. */
export function readMessage(stream: ServerHttp2Stream, { maxBytes, timeoutMs }: BodyLimits, share: ByteShare): Promise<ReadMessage> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let expected: number | undefined;
    const finish = (end: ReadMessage["end"]): void => {
      clearTimeout(timer);
      stream.off("data", onData).off("end", onEnd).off("close", onEnd);
      if (end !== "ended") stream.pause();
      const isWhole = end === "ended" && bytes === expected;
      resolve({ message: isWhole ? joined(chunks, bytes).subarray(prefixBytes) : undefined, chunks, end });
    };
    const onEnd = (): void => finish("ended");
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (!share.add(chunk.byteLength)) return finish("exhausted");
      if (expected === undefined && bytes >= prefixBytes) {
        const prefix = joined(chunks, bytes);
        expected = prefix[0] === 0 ? prefixBytes + prefix.readUInt32BE(1) : 0;
      }
      if (expected !== undefined && (bytes > expected || expected > prefixBytes + maxBytes)) finish("unusual");
    };
    const timer = setTimeout(() => finish("late"), timeoutMs);
    timer.unref();
    stream.on("data", onData).on("end", onEnd).on("close", onEnd);
  });
}

function joined(chunks: readonly Buffer[], bytes: number): Buffer {
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, bytes);
}
