import type { Dispatcher } from "undici";
import type { PostResult } from "../core/interfaces.ts";
import type { Answer } from "../core/types.ts";
import { excerptOf } from "./response-excerpt.ts";

const READ_BYTES_MAX = 16 * 1024;

type Controller = Dispatcher.DispatchController;
type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * One request and its answer, as undici reports them. A class, since one is made for each post: its methods are shared, and only its state
 * is new.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  #controller: Controller | undefined;
  #endedBy: Error | undefined;
  #status = 0;
  #headers: ResponseHeaders | undefined;
  #chunks: Buffer[] | undefined;
  #lengthBytes = 0;
  #isFinished = false;
  readonly #redacted: readonly string[];
  readonly #done: (result: PostResult) => void;

  /** @param redacted values that must not get into an excerpt */
  constructor(redacted: readonly string[], done: (result: PostResult) => void) {
    this.#redacted = redacted;
    this.#done = done;
  }

  end(reason: Error): void {
    this.#endedBy = reason;
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    // Ended while the connection was being opened.
    if (this.#endedBy !== undefined) controller.abort(this.#endedBy);
  }

  onResponseStart(_: Controller, status: number, headers: ResponseHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  /** Reads up to 16 KiB; what comes after is not waited for, and its connection is closed. */
  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#lengthBytes += chunk.length;
    if (!this.#isSuccess) (this.#chunks ??= []).push(chunk);
    if (this.#lengthBytes > READ_BYTES_MAX) controller.abort(new Error("the answer is longer than is read of it"));
  }

  onResponseEnd(): void {
    this.#finish({ answer: this.#answer() });
  }

  /**
   * `done` may post the next request on the same client at once, which undici takes when an answer has ended, but not while it fails what a
   * client has: it then insists that nothing is left. So this waits until it is through.
   */
  onResponseError(_: Controller, error: Error): void {
    const isReadEnough = this.#lengthBytes > READ_BYTES_MAX;
    // Success is only believed when its answer came whole. A refusal stands, whatever became of its explanation.
    const isAnswer = this.#endedBy === undefined && this.#status !== 0 && (isReadEnough || !this.#isSuccess);
    const result: PostResult = isAnswer ? { answer: this.#answer() } : { error };
    queueMicrotask(() => this.#finish(result));
  }

  /** Once: undici takes a throw out of the end of an answer for an error of the request. */
  #finish(result: PostResult): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#done(result);
  }

  get #isSuccess(): boolean {
    return this.#status >= 200 && this.#status <= 299;
  }

  #answer(): Answer {
    const isSuccess = this.#isSuccess;
    return {
      status: this.#status,
      retryAfter: isSuccess ? undefined : single(this.#headers?.["retry-after"]),
      location: isSuccess ? undefined : single(this.#headers?.["location"]),
      excerpt: isSuccess ? "" : excerptOf(Buffer.concat(this.#chunks ?? []).subarray(0, READ_BYTES_MAX), this.#redacted),
    };
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : header?.[0];
}
