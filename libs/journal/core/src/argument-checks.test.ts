import { describe, expect, it } from "vitest";
import { checkAppend, checkChange, checkRead, checkRowQuery, checkSequence, cursorMovedBack } from "./argument-checks.ts";
import type { DeliveryRow } from "./journal.ts";

const bytes = new Uint8Array(1);
const row: DeliveryRow = {
  sequence: 1,
  recordId: "a",
  state: "waiting",
  attempts: 1,
  firstAttemptAtMs: 1,
  dueAtMs: 2,
  code: "",
  message: "",
};

describe("what no journal takes", () => {
  it.each([0, 1, 2 ** 53 - 1])("a sequence may be %d", (sequence) => {
    expect(() => checkSequence("x", sequence)).not.toThrow();
  });
  it.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53])("a sequence may not be %d", (sequence) => {
    expect(() => checkSequence("get: sequence", sequence)).toThrow(
      `get: sequence is ${sequence}; it must be a whole number from 0 to 2^53 - 1`,
    );
  });
  it("an entry needs an id", () => {
    expect(() => checkAppend([{ id: "a", bytes }])).not.toThrow();
    expect(() =>
      checkAppend([
        { id: "a", bytes },
        { id: "", bytes },
      ]),
    ).toThrow("append: entry 1 has an empty id");
  });
  it("a read needs room for one record", () => {
    expect(() => checkRead(0, { records: 1, bytes: 0 })).not.toThrow();
    expect(() => checkRead(0, { records: 0, bytes: 0 })).toThrow("limit.records is 0");
    expect(() => checkRead(0, { records: 1, bytes: Number.NaN })).toThrow("limit.bytes is NaN");
    expect(() => checkRowQuery({ after: 0, limit: 1 })).not.toThrow();
    expect(() => checkRowQuery({ after: 0, limit: 0 })).toThrow("limit is 0");
  });
  it.each([
    [{ cursor: -1 }, "commit to d: cursor is -1"],
    [{ put: [{ ...row, sequence: 1.5 }] }, "commit to d: a row's sequence is 1.5"],
    [{ put: [{ ...row, dueAtMs: Infinity }] }, "commit to d: row 1 is due at Infinity"],
    [{ remove: [-3] }, "commit to d: a removed row's sequence is -3"],
  ])("a change may not be %j", (change, message) => {
    expect(() => checkChange("d", change)).toThrow(message);
  });
  it("a change may leave everything out", () => {
    expect(() => checkChange("d", {})).not.toThrow();
    expect(() => checkChange("d", { cursor: 0, put: [row], remove: [2] })).not.toThrow();
  });
  it("a cursor that moves back is a RangeError that says from where to where", () => {
    expect(cursorMovedBack("d", 5, 4)).toBeInstanceOf(RangeError);
    expect(cursorMovedBack("d", 5, 4).message).toBe("commit to d: the cursor cannot move back from 5 to 4; nothing was written");
  });
});
