import { expect, it } from "vitest";
import { JournalRecord } from "./journal-record.ts";

it("a record is a part of its buffer, or all of it", () => {
  const buffer = Uint8Array.of(1, 2, 3, 4, 5);
  const part = new JournalRecord(7, 1000, buffer, 1, 4, 42);
  expect([part.sequence, part.appendedAtMs, part.size, [...part.bytes], part.outline]).toEqual([7, 1000, 3, [2, 3, 4], 42]);
  expect(part.bytes.buffer).toBe(buffer.buffer);
  const whole = new JournalRecord(8, 1000, buffer);
  expect([whole.size, whole.bytes, whole.outline]).toEqual([5, buffer, undefined]);
});
