import type { Readable } from "node:stream";

const READ_BYTES_MAX = 16 * 1024;
const SHOWN_CHARS_MAX = 256;
/** Shorter values would strike out innocent text. */
const REDACTED_CHARS_MIN = 8;

/** What could be read of an answer's body. */
export interface BodyStart {
  readonly bytes: Buffer;
  /** What broke the reading off; undefined when the body ended, or more came than is read. */
  readonly broken: Error | undefined;
}

/** Reads a body up to 16 KiB; what comes after is not waited for, and its connection is closed. */
export function readBodyStart(body: Readable): Promise<BodyStart> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let lengthBytes = 0;
    const end = (broken?: Error) => {
      resolve({ bytes: Buffer.concat(chunks).subarray(0, READ_BYTES_MAX), broken });
    };
    // Listeners, since an async iterator costs more than the signature does.
    body.on("data", (chunk: Uint8Array) => {
      chunks.push(chunk);
      lengthBytes += chunk.length;
      if (lengthBytes <= READ_BYTES_MAX) return;
      end();
      body.destroy();
    });
    body.on("end", () => end());
    body.on("error", end);
    body.on("close", () => end(new Error("the answer was closed before its end")));
  });
}

/** The beginning of a body on one line, without the values that were sent along and may be secret. */
export function excerptOf(bytes: Buffer, secrets: readonly string[]): string {
  const redacted = secrets
    .filter((value) => value.length >= REDACTED_CHARS_MIN)
    .reduce((text, value) => text.replaceAll(value, "***"), bytes.toString("utf8"));
  const line = redacted.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line.length > SHOWN_CHARS_MAX ? `${line.slice(0, SHOWN_CHARS_MAX)}...` : line;
}
