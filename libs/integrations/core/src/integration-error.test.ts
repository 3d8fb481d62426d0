import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { IntegrationError } from "./integration-error.ts";

const where = { integration: "demo", operation: "POST http://127.0.0.1/" };

describe("an IntegrationError", () => {
  it("says where it comes from, what went wrong and when to come again", () => {
    const cause = new Error("ECONNRESET");
    const error = new IntegrationError({ ...where, code: "throttled", message: "429", retryAfterMs: 2000, cause });
    expect(error).toBeInstanceOf(Error);
    expect({ ...error, message: error.message, cause: error.cause }).toEqual({
      name: "IntegrationError",
      ...where,
      code: "throttled",
      message: "429",
      retryAfterMs: 2000,
      cause,
    });
  });

  it("has no cause of its own where none was given", () => {
    expect(Object.hasOwn(new IntegrationError({ ...where, code: "gone", message: "410" }), "cause")).toBe(false);
  });
});

describe("from", () => {
  it("gives an IntegrationError back as it is, with its own place", () => {
    const error = new IntegrationError({ integration: "other", operation: "GET", code: "gone", message: "410" });
    expect(IntegrationError.from(error, where)).toBe(error);
  });

  it("wraps an unknown error as internal, with the place, the message and the cause", () => {
    const cause = new TypeError("x is undefined");
    const error = IntegrationError.from(cause, where);
    expect(error).toMatchObject({ ...where, code: "internal", message: "x is undefined", retryAfterMs: undefined });
    expect(error.cause).toBe(cause);
  });

  it.each<[string, unknown]>([
    ["a DOMException", new DOMException("aborted", "AbortError")],
    ["the reason of an aborted signal", AbortSignal.abort().reason],
    ["an Error of that name", Object.assign(new Error("aborted"), { name: "AbortError" })],
    ["one of another realm", { name: "AbortError", message: "aborted" }],
    ["one that another reason caused", Object.assign(new Error("aborted", { cause: new Error("stopping") }), { name: "AbortError" })],
  ])("takes an AbortError as canceled: %s", (_name, reason) => {
    expect(IntegrationError.from(reason, where).code).toBe("canceled");
  });

  it.each<[string, unknown]>([
    ["a DOMException", new DOMException("too late", "TimeoutError")],
    [
      "an AbortError that it caused",
      Object.assign(new Error("aborted", { cause: new DOMException("late", "TimeoutError") }), { name: "AbortError" }),
    ],
    ["one of another realm", { name: "TimeoutError" }],
  ])("takes a TimeoutError as timeout, not as a bug: %s", (_name, reason) => {
    expect(IntegrationError.from(reason, where).code).toBe("timeout");
  });

  it.each<[string, (signal: AbortSignal) => Promise<unknown>]>([
    ["a sleep", (signal) => sleep(60_000, undefined, { signal })],
    ["a wait for an event", (signal) => once(new EventTarget() as never, "never", { signal })],
  ])("tells a deadline from a shutdown as Node's own calls report them: %s", async (_name, wait) => {
    const codeAfter = async (signal: AbortSignal): Promise<unknown> =>
      await wait(signal).then(
        () => "nothing was thrown",
        (reason: unknown) => IntegrationError.from(reason, where).code,
      );
    expect(await codeAfter(AbortSignal.timeout(1))).toBe("timeout");
    expect(await codeAfter(AbortSignal.abort())).toBe("canceled");
  });

  it.each<[string, unknown, string]>([
    ["a text", "went wrong", "went wrong"],
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["an error without a message", new RangeError(), "RangeError"],
    ["an object without a text", Object.create(null), "something without a text was thrown"],
    ["a symbol", Symbol("odd"), "Symbol(odd)"],
  ])("has a message for whatever was thrown: %s", (_name, reason, message) => {
    expect(IntegrationError.from(reason, where)).toMatchObject({ code: "internal", message });
  });
});
