import { expect, it } from "vitest";
import { IntegrationError } from "./integration-error.ts";
import { delivered, failed, skipped } from "./outcome.ts";

it("delivered is one frozen value, so that the hot path makes none", () => {
  expect(delivered()).toEqual({ kind: "delivered" });
  expect(delivered()).toBe(delivered());
  expect(Object.isFrozen(delivered())).toBe(true);
});

it("delivered in part says what the receiver rejected, and leaves the whole one alone", () => {
  expect(delivered({ rejected: 2, message: "too old" })).toEqual({ kind: "delivered", partial: { rejected: 2, message: "too old" } });
  expect(delivered()).toEqual({ kind: "delivered" });
});

it("skipped has its reason", () => {
  expect(skipped("findings are not sent")).toEqual({ kind: "skipped", reason: "findings are not sent" });
});

it("failed carries the very error", () => {
  const error = new IntegrationError({ integration: "demo", operation: "POST", code: "gone", message: "410" });
  const outcome = failed(error);
  expect(outcome.kind === "failed" && outcome.error).toBe(error);
});
