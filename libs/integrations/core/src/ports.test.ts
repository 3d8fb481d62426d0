import { expect, it } from "vitest";
import { Overloaded } from "./ports.ts";

it("Overloaded says when to come again", () => {
  const error = new Overloaded("the journal is full", 1500);
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.message, error.retryAfterMs]).toEqual(["Overloaded", "the journal is full", 1500]);
});
