import { expect, it } from "vitest";
import { idPrefix } from "../records/record-id.ts";
import { createTally } from "./tally.ts";

const prefix = idPrefix("tally");

function id(counter: number, sentAtMs: number): string {
  return `${prefix}${String(counter).padStart(10, "0")}-${sentAtMs}`;
}

it("counts each record once, whatever the order, and how long every tenth was under way", () => {
  const tally = createTally(prefix);
  const sentAtMs = 1_793_534_400_000;
  for (const counter of [3, 0, 2_000_000, 3, 1]) tally.note(id(counter, sentAtMs), sentAtMs + counter);
  for (let counter = 10; counter < 17; counter++) tally.note(id(counter, sentAtMs), sentAtMs + counter);
  tally.note(`${idPrefix("other")}0000000009-${sentAtMs}`, sentAtMs);
  tally.note("something else", sentAtMs);
  expect(tally.report()).toEqual({ unique: 11, repeated: 1, lastAtMs: sentAtMs + 16, deliveryMs: { p50: 16, p99: 16 } });
});
