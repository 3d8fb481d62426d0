import { describe, expect, it } from "vitest";
import { sampleEvent, sampleView } from "@tapio/testing";
import type { DeliveryRow } from "@tapio/journal";
import { viewOfStored } from "@tapio/domain";
import { rowRecord } from "./clear.ts";
import { createHeldRows, type HeldRows } from "./held-rows.ts";
import type { HeldRow } from "./delivery.ts";

const longestDelayMs = 1_000_000;
const noRow: DeliveryRow = {
  ...{ sequence: 1, recordId: "e1", state: "waiting", attempts: 1, firstAttemptAtMs: 0, dueAtMs: 0, code: "timeout", message: "" },
};

function rowsOf({ isOrdered = true, warmBytesMax = 1000 } = {}): HeldRows {
  return createHeldRows({ isOrdered, warmBytesMax, longestDelayMs });
}
function add(rows: HeldRows, sequence: number, dueAtMs: number, rest: Partial<HeldRow> = {}): HeldRow {
  return rows.add({ sequence, key: undefined, state: "waiting", mayGo: true, dueAtMs, ...rest });
}
const sequences = (held: readonly HeldRow[]) => held.map(({ sequence }) => sequence);

describe("rows that are due", () => {
  it("come with the earliest first, by sequence among equals, and no more than are wanted", () => {
    const rows = rowsOf();
    for (const [sequence, dueAtMs] of [
      [4, 30],
      [3, 20],
      [2, 30],
      [1, 40],
    ] as const)
      add(rows, sequence, dueAtMs);
    expect(rows.nextDueAtMs()).toBe(20);
    expect(sequences(rows.takeDue(30, 2))).toEqual([3, 2]);
    expect(sequences(rows.takeDue(30, 9))).toEqual([4]);
    expect(rows.nextDueAtMs()).toBe(40);
    expect(sequences(rows.takeDue(39, 9))).toEqual([]);
  });

  it("DLV-23: go only once they are durable", () => {
    const rows = rowsOf();
    add(rows, 1, 0, { mayGo: false });
    expect([rows.nextDueAtMs(), rows.takeDue(10, 9).length, rows.waiting]).toEqual([undefined, 0, 1]);
    rows.release(1);
    expect(sequences(rows.takeDue(10, 9))).toEqual([1]);
    rows.release(99);
  });

  it("are given out once, until they are put back", () => {
    const rows = rowsOf();
    const held = add(rows, 1, 0);
    rows.takeDue(10, 9);
    rows.release(1);
    expect(rows.takeDue(10, 9)).toEqual([]);
    rows.putBack(held);
    expect(sequences(rows.takeDue(10, 9))).toEqual([1]);
  });

  it("a removed one does not come, and is not counted", () => {
    const rows = rowsOf();
    const [one, other] = [add(rows, 1, 0, { key: "a" }), add(rows, 2, 0, { key: "a", state: "parked" })];
    rows.remove(one);
    rows.offer(other);
    expect([rows.waiting, rows.parked, rows.get(1)]).toEqual([0, 1, undefined]);
    expect(sequences(rows.takeDue(10, 9))).toEqual([2]);
    rows.remove(other);
    expect([rows.waiting, rows.parked, rows.lane("a")?.rows]).toEqual([0, 0, []]);
  });

  it("one that waits again under a new row is due at the new time, once that row is durable", () => {
    const rows = rowsOf();
    const held = add(rows, 1, 0, { state: "parked" });
    rows.takeDue(10, 9);
    rows.wait(held, 50, { row: noRow, view: sampleView(sampleEvent()) });
    expect([rows.waiting, rows.parked, rows.nextDueAtMs()]).toEqual([1, 0, undefined]);
    rows.release(1);
    expect(rows.nextDueAtMs()).toBe(50);
  });
});

describe("lanes", () => {
  it("only the first row of a key may go, and the next one when it left", () => {
    const rows = rowsOf();
    const first = add(rows, 1, 50, { key: "a" });
    const second = add(rows, 2, 0, { key: "a", state: "parked" });
    add(rows, 3, 0, { key: "b" });
    expect(sequences(rows.takeDue(10, 9))).toEqual([3]);
    expect(sequences(rows.takeDue(50, 9))).toEqual([1]);
    expect([rows.lane("a")?.busyWith, sequences(rows.takeDue(50, 9))]).toEqual(["row", []]);
    rows.remove(first);
    rows.openLane("a").busyWith = undefined;
    rows.offer(second);
    expect(sequences(rows.takeDue(50, 9))).toEqual([2]);
  });

  it("keep their rows in the order of sequences, in whatever order they come", () => {
    const rows = rowsOf();
    for (const sequence of [5, 2, 9, 1]) add(rows, sequence, 0, { key: "a" });
    expect(sequences(rows.lane("a")?.rows ?? [])).toEqual([1, 2, 5, 9]);
  });

  it("a row that is put back behind one that was replayed meanwhile lets that one go first", () => {
    const rows = rowsOf();
    const fetching = add(rows, 2, 0, { key: "a" });
    rows.takeDue(10, 9);
    add(rows, 1, 0, { key: "a" });
    rows.putBack(fetching);
    expect(sequences(rows.takeDue(10, 9))).toEqual([1]);
  });

  it("without ordering there are none", () => {
    const rows = rowsOf({ isOrdered: false });
    add(rows, 1, 0, { key: "a" });
    add(rows, 2, 0, { key: "a" });
    expect(sequences(rows.takeDue(10, 9))).toEqual([1, 2]);
    expect(rows.lane("a")).toBeUndefined();
  });

  it("are forgotten when nothing is in them, and not before", () => {
    const rows = rowsOf();
    rows.openLane("a").busyWith = "window";
    rows.closeLane("a");
    expect(rows.lane("a")?.busyWith).toBe("window");
    rows.openLane("a").busyWith = undefined;
    rows.closeLane("a");
    rows.closeLane("never");
    expect(rows.lane("a")).toBeUndefined();
  });
});

describe("records in memory", () => {
  const view = sampleView(sampleEvent());
  const size = view.bytes.length;

  it("are kept up to the bound, and what is dropped makes room", () => {
    const rows = rowsOf({ warmBytesMax: 2 * size });
    const warm = { row: noRow, view };
    const held = [1, 2, 3].map((sequence) => rows.add({ sequence, key: undefined, state: "waiting", dueAtMs: 0, mayGo: true }, warm));
    expect(held.map((one) => one.warm !== undefined)).toEqual([true, true, false]);
    rows.remove(held[0]!);
    rows.wait(held[2]!, 0, warm);
    expect(held.map((one) => one.warm !== undefined)).toEqual([false, true, true]);
  });

  it("their history and message count too", () => {
    const rows = rowsOf({ warmBytesMax: size + 9 });
    const keep = (row: DeliveryRow) =>
      rows.add({ sequence: 1, key: undefined, state: "waiting", dueAtMs: 0, mayGo: true }, { row, view }).warm;
    expect(keep({ ...noRow, history: new Uint8Array(6), message: "four" })).toBeUndefined();
    expect(keep({ ...noRow, history: new Uint8Array(5), message: "four" })).toBeDefined();
  });
});

describe("DLV-29: a row that is due later than anything may be asked for", () => {
  it("was written while the clock was wrong, and goes at once", () => {
    const rows = rowsOf();
    add(rows, 1, 10 + longestDelayMs + 1);
    expect(sequences(rows.takeDue(10, 9))).toEqual([1]);
  });

  it("goes at once also when another, which is due soon, stands before it", () => {
    const rows = rowsOf();
    add(rows, 1, 500);
    add(rows, 2, 10 + longestDelayMs + 1);
    expect(sequences(rows.takeDue(10, 9))).toEqual([2]);
    expect(rows.nextDueAtMs()).toBe(500);
  });

  it("goes at once when the clock is set back while it waits", () => {
    const rows = rowsOf();
    add(rows, 1, 5_000_500);
    expect(rows.takeDue(5_000_000, 9)).toEqual([]);
    add(rows, 2, 1_500);
    expect(sequences(rows.takeDue(1_000, 9))).toEqual([1]);
    expect(rows.nextDueAtMs()).toBe(1_500);
  });
});

describe("records that are kept for a retry", () => {
  it("are copies: they hold nothing of what was read with them", () => {
    const read = new Uint8Array(100_000);
    const { bytes, header } = sampleView(sampleEvent({ id: "e1" }));
    read.set(bytes, 50_000);
    const stored = viewOfStored(read, 50_000, 50_000 + bytes.length);
    if (!stored.ok) throw new Error("it can be read");
    const { view } = stored;
    const rows = rowsOf();
    const row = { sequence: 1, key: undefined, state: "waiting", mayGo: true, dueAtMs: 0 } as const;
    const { warm } = rows.add(row, { row: { ...noRow, bytes: view.bytes }, view });
    read.fill(0);
    expect(warm?.view.bytes).toEqual(bytes);
    expect([warm?.view.bytes.buffer.byteLength, warm?.row.bytes]).toEqual([bytes.length, warm?.view.bytes]);
    expect([warm?.view.header.id, warm?.view.header.type]).toEqual([header.id, header.type]);
  });

  it("DLV-15: are judged when they come from a row, which has no checksum", () => {
    const { bytes } = sampleView(sampleEvent({ id: "e1", message: "text" }));
    const damaged = Uint8Array.from(bytes);
    damaged[Buffer.from(damaged).indexOf("text")] = 0xff;
    expect(rowRecord(bytes)).toHaveProperty("view");
    expect(rowRecord(damaged)).toEqual({ problem: expect.stringContaining("event.message is not valid UTF-8") });
    expect(rowRecord(undefined)).toEqual({ problem: expect.stringContaining("not in the journal any more") });
  });
});
