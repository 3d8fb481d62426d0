import { describe, expect, it } from "vitest";
import { createDeliveryLog } from "./delivery-log.ts";
import type { JournalEntry } from "./journal-reader.ts";
import { orderViolations } from "./key-order.ts";

function entry(id: string, sequence: number, key: string): JournalEntry {
  return { id, sequence, key, kind: "event", type: "x.y", severity: 2, message: "", bytesHash: "", jsonHash: "" };
}

const entries = [
  entry("a1", 1, "a"),
  entry("b1", 2, "b"),
  entry("a2", 3, "a"),
  entry("a3", 4, "a"),
  entry("x1", 5, ""),
  entry("x2", 6, ""),
];

/** Attempts in the order in which they arrived: `+` is taken, `-` is refused, `x` is refused for good, `?` has no outcome yet, `!` is taken that had none. */
function broken(...attempts: readonly string[]): readonly string[] {
  const log = createDeliveryLog("keyed");
  for (const attempt of attempts) {
    const delivery = [{ id: attempt.slice(1), fingerprint: "" }];
    if (!attempt.startsWith("!")) log.arrived(delivery, 1);
    if (/^[+!]/.test(attempt)) log.accepted(delivery);
    if (attempt.startsWith("x")) log.rejected(delivery);
  }
  return orderViolations("keyed", entries, log.notes()).map(({ text }) => text);
}

describe("the order per key", () => {
  it.each([
    ["one after the other", ["+a1", "+a2", "+a3"]],
    ["with retries", ["-a1", "-a1", "+a1", "-a2", "+a2", "+a3"]],
    ["with another key between", ["-a1", "+b1", "+a1", "+a2", "+a3"]],
    ["records without a key in any order", ["+x2", "+x1"]],
    ["a dead letter lets the next one through", ["-a1", "xa1", "+a2", "+a3"]],
    ["what is sent again after a crash", ["+a1", "+a2", "+a1", "+a2", "+a3"]],
    ["what is refused for good once more after a crash", ["xa1", "+a2", "xa1", "+a2", "+a3"]],
  ])("holds: %s", (_, attempts) => {
    expect(broken(...attempts)).toEqual([]);
  });

  it.each([
    ["the second overtakes the first", ["-a1", "+a2", "+a1", "+a3"]],
    ["the second is tried while the first is in flight", ["?a1", "-a2", "!a1", "+a2", "+a3"]],
    ["the second is tried before the first is refused for good", ["-a1", "+a2", "xa1", "+a3"]],
  ])("is broken: %s", (_, attempts) => {
    expect(broken(...attempts)).toEqual(["keyed: a2 was tried before a1 of the same key a was settled"]);
  });
});
