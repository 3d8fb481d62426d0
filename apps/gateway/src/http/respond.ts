import type { NodeResponse } from "./node-http.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export function jsonAnswer(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: `${JSON.stringify(value)}\n` };
}

export function errorAnswer(status: number, code: string, message: string): Answer {
  return jsonAnswer(status, { error: { code, message } });
}

/** How long a client may take to read an answer, in milliseconds. */
const answerTimeoutMs = 30_000;

/** Always with a Content-Length, never chunked: the Tapio agent cannot read chunks (it reads to the end and takes what it finds). */
export function respond(response: NodeResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const headers = { ...answer.headers, "content-length": String(Buffer.byteLength(answer.body)) };
  // One call of two types.
  if ("stream" in response) response.writeHead(answer.status, headers);
  else response.writeHead(answer.status, headers);
  // A text goes out with the headers in one write; bytes would be a second one.
  response.end(answer.body);
  // What the system has taken already waits for nobody here, which is so for nearly all answers; HTTP/2 does not say.
  if (!("stream" in response) && response.writableLength === 0) return;
  const timer = setTimeout(() => response.destroy(), answerTimeoutMs);
  timer.unref();
  response.once("close", () => clearTimeout(timer));
}
