import type { Dispatcher } from "undici";
import { describe, expect, it } from "vitest";
import type { PostResult } from "../core/interfaces.ts";
import { Exchange } from "./exchange.ts";

/** An exchange as undici would drive it, and what it was ended with. */
function setUp(done?: (result: PostResult) => void) {
  const results: PostResult[] = [];
  const aborts: Error[] = [];
  const exchange = new Exchange([], (result) => {
    results.push(result);
    done?.(result);
  });
  const controller = { abort: (reason: Error) => aborts.push(reason) } as unknown as Dispatcher.DispatchController;
  return { exchange, controller, results, aborts };
}

describe("an exchange", () => {
  it("has the answer of a success without its headers and its body", () => {
    const { exchange, controller, results } = setUp();
    exchange.onRequestStart(controller);
    exchange.onResponseStart(controller, 103, { link: "x" });
    exchange.onResponseStart(controller, 200, { "retry-after": "7", location: "/x" });
    exchange.onResponseData(controller, Buffer.from("thanks"));
    exchange.onResponseEnd();
    expect(results).toEqual([{ answer: { status: 200, retryAfter: undefined, location: undefined, excerpt: "" } }]);
  });

  it("has the first of several headers of a refusal, and the beginning of its body", () => {
    const { exchange, controller, results } = setUp();
    exchange.onResponseStart(controller, 503, { "retry-after": ["7", "8"], location: "/x" });
    exchange.onResponseData(controller, Buffer.from("not "));
    exchange.onResponseData(controller, Buffer.from("now"));
    exchange.onResponseEnd();
    expect(results).toEqual([{ answer: { status: 503, retryAfter: "7", location: "/x", excerpt: "not now" } }]);
  });

  it("is ended as soon as it begins, when it was ended before", () => {
    const { exchange, controller, aborts } = setUp();
    const reason = new Error("too late");
    exchange.end(reason);
    expect(aborts).toEqual([]);
    exchange.onRequestStart(controller);
    expect(aborts).toEqual([reason]);
  });

  it("that was ended has no answer, whatever came of it by then", async () => {
    const { exchange, controller, results } = setUp();
    const reason = new Error("ended");
    exchange.onRequestStart(controller);
    exchange.onResponseStart(controller, 422, {});
    exchange.end(reason);
    exchange.onResponseError(controller, reason);
    await Promise.resolve();
    expect(results).toEqual([{ error: reason }]);
  });

  it("tells its result once, also when telling it fails, and never in the middle of an error", async () => {
    const { exchange, controller, results } = setUp(() => {
      throw new Error("a bug");
    });
    exchange.onResponseStart(controller, 204, {});
    expect(() => exchange.onResponseEnd()).toThrow("a bug");
    exchange.onResponseError(controller, new Error("a bug"));
    await Promise.resolve();
    expect(results).toHaveLength(1);

    const failing = setUp();
    failing.exchange.onResponseError(controller, new Error("broken"));
    expect(failing.results).toEqual([]);
    await Promise.resolve();
    expect(failing.results).toHaveLength(1);
  });
});
