import type { NodeResponse } from "./node-http.ts";

/**
 * Whether a client still waits for its answer. A class, since its getter is shared then: an object that is written out with a getter has a
 * hidden class of its own each time.
 */
export class HangupSignal {
  #broken: AbortController | undefined;
  #isGone = false;

  constructor(response: NodeResponse) {
    response.once("close", () => {
      // An abort makes an exception with its stack, which is dear: only where somebody may want to know.
      this.#isGone = !response.writableFinished;
      if (this.#isGone) this.#broken?.abort();
    });
  }

  /** Aborts when the client goes before it has its answer. Made for those who ask: it takes as long as reading a request. */
  get signal(): AbortSignal {
    if (this.#broken === undefined) {
      this.#broken = new AbortController();
      if (this.#isGone) this.#broken.abort();
    }
    return this.#broken.signal;
  }
}
