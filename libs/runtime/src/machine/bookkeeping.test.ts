import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Delivery, SlotEnd } from "./delivery.ts";
import { createDueHeap } from "./due-heap.ts";
import { attemptsOf, withAttempt } from "./history.ts";
import { createRateBucket } from "./rate-bucket.ts";
import { createNoteBuilder, decodeNote, lateSettlement, notedEnd, rangeSettlement } from "./settlement-note.ts";
import { createSlots } from "./slots.ts";

describe("due heap", () => {
  it("gives out what was put in as a sort would, by due time and then by sequence", () => {
    const entry = fc.record({ dueAtMs: fc.integer({ min: 0, max: 5 }), sequence: fc.integer({ min: 1, max: 20 }), value: fc.constant(0) });
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const heap = createDueHeap<number>();
        for (const one of entries) heap.push(one);
        expect(heap.size).toBe(entries.length);
        const given = entries.map(() => [heap.peek(), heap.pop()]);
        const sorted = entries.toSorted((a, b) => a.dueAtMs - b.dueAtMs || a.sequence - b.sequence);
        expect(given).toEqual(sorted.map((one) => [one, one]));
        expect([heap.pop(), heap.peek(), heap.size]).toEqual([undefined, undefined, 0]);
      }),
      { numRuns: 100 },
    );
  });
});

describe("slots", () => {
  const held: SlotEnd = { kind: "held" };
  const delivered: SlotEnd = { kind: "delivered" };

  it("DLV-10: the cursor moves over what is settled, in whatever order that happens, and never over a gap", () => {
    const slots = createSlots(10);
    const [first, second] = [slots.take(11), slots.take(13)];
    slots.pass(14, { kind: "skipped", reason: "filter" });
    slots.settle(second, delivered);
    expect([slots.cursor, slots.position, slots.openRecords]).toEqual([10, 14, 2]);
    slots.settle(first, held);
    expect([slots.cursor, slots.position, slots.openRecords]).toEqual([14, 14, 0]);
  });

  it("tells how far a place is above the cursor, counted in taken records", () => {
    const slots = createSlots(0);
    const taken = [1, 2, 3].map((sequence) => slots.take(sequence));
    expect(taken.map((place) => slots.spanOf(place))).toEqual([0, 1, 2]);
    slots.settle(taken[0]!, delivered);
    expect(slots.spanOf(taken[2]!)).toBe(1);
  });

  it("DLV-10: agrees with a plain list over random records, settled in any order", () => {
    const ends: readonly SlotEnd[] = [delivered, held, { kind: "skipped", reason: "a" }, { kind: "skipped", reason: "b" }];
    const step = fc.record({
      does: fc.constantFrom("take", "take", "pass", "settle", "note"),
      gap: fc.nat(2),
      which: fc.nat(9),
      end: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const slots = createSlots(5);
        const list: { sequence: number; place: number | undefined; end: SlotEnd | undefined }[] = [];
        let [position, cursor, noted] = [5, 5, 5];
        for (const { does, gap, which, end } of steps) {
          const open = list.filter((one) => one.end === undefined);
          const settled = ends[end] ?? held;
          if (does === "take" || does === "pass") {
            position += 1 + gap;
            const place = does === "take" ? slots.take(position) : slots.pass(position, settled);
            list.push({ sequence: position, place: place ?? undefined, end: does === "take" ? undefined : settled });
          }
          const chosen = open[which % Math.max(1, open.length)];
          if (does === "settle" && chosen?.place !== undefined) slots.settle(chosen.place, (chosen.end = settled));
          const firstOpen = list.findIndex((one) => one.end === undefined);
          const passed = firstOpen < 0 ? list : list.slice(0, firstOpen);
          cursor = passed.at(-1)?.sequence ?? 5;
          const above = list.slice(passed.length).filter(({ place }) => place !== undefined);
          expect([slots.cursor, slots.position, slots.openRecords]).toEqual([cursor, position, above.length]);
          for (const [span, { place }] of above.entries()) expect(slots.spanOf(place ?? -1)).toBe(span);
          if (does !== "note") continue;
          const note = decodeNote(slots.takeNote().settlement(cursor, 0, ""));
          for (const one of passed.filter(({ sequence }) => sequence > noted))
            expect(notedEnd(note, noted + 1, one.sequence)).toEqual(one.end);
          noted = cursor;
        }
      }),
      { numRuns: 300 },
    );
  });

  it("gives what is not settled below what was delivered, or below a sequence", () => {
    const slots = createSlots(0);
    const deliveries = [1, 2, 3, 4].map((sequence) => {
      const delivery = { sequence } as Delivery;
      const place = slots.take(sequence);
      slots.attach(place, delivery);
      return { delivery, place };
    });
    const overtaken = (sequence: number): number[] => slots.overtaken(sequence).map((one) => one.sequence);
    expect([overtaken(0), overtaken(2)]).toEqual([[], [1, 2]]);
    slots.settle(deliveries[2]!.place, delivered);
    expect([overtaken(0), overtaken(4)]).toEqual([
      [1, 2],
      [1, 2, 4],
    ]);
    slots.settle(deliveries[0]!.place, held);
    expect(overtaken(0)).toEqual([2]);
  });

  it("goes on from where it is after thousands of places", () => {
    const slots = createSlots(0);
    for (let sequence = 1; sequence <= 5000; sequence += 1) slots.settle(slots.take(sequence), delivered);
    const [first, second, third] = [5001, 5002, 5003].map((sequence) => ({ sequence, place: slots.take(sequence) }));
    for (const one of [first, second, third]) slots.attach(one!.place, one as unknown as Delivery);
    slots.settle(third!.place, delivered);
    expect(slots.overtaken(0).map(({ sequence }) => sequence)).toEqual([5001, 5002]);
    expect([slots.cursor, slots.position, slots.openRecords, slots.spanOf(second!.place)]).toEqual([5000, 5003, 3, 1]);
    slots.settle(first!.place, delivered);
    slots.settle(second!.place, delivered);
    expect([slots.cursor, slots.openRecords]).toEqual([5003, 0]);
    const open = slots.take(5004);
    slots.settle(open, delivered);
    expect(slots.cursor).toBe(5004);
  });
});

describe("settlement notes", () => {
  const end: fc.Arbitrary<SlotEnd> = fc.constantFrom(
    ...[{ kind: "delivered" }, { kind: "held" }, { kind: "skipped", reason: "a" }, { kind: "skipped", reason: "b" }].map(
      (one) => one as SlotEnd,
    ),
  );

  it("say of each record what was said of it, in runs and one by one", () => {
    const run = fc.record({ end, length: fc.integer({ min: 1, max: 4 }) });
    fc.assert(
      fc.property(fc.array(run, { minLength: 1 }), fc.integer({ min: 1, max: 1000 }), (runs, from) => {
        const note = createNoteBuilder(from);
        const expected: SlotEnd[] = [];
        for (const { end: one, length } of runs) {
          note.add(from + expected.length, from + expected.length + length - 1, one);
          expected.push(...Array.from({ length }, () => one));
        }
        const settlement = note.settlement(from + expected.length - 1, 7, "hash");
        const decoded = decodeNote(settlement);
        expect(expected.map((_, index) => notedEnd(decoded, from, from + index))).toEqual(expected);
        expect([settlement.from, settlement.to, settlement.isLate, settlement.atMs]).toEqual([from, from + expected.length - 1, false, 7]);
      }),
      { numRuns: 200 },
    );
  });

  it("say how a record with a row ended, and why a range was given up or never wanted", () => {
    const late = decodeNote(lateSettlement(4, 7, "hash", { attempt: 3, skippedReason: "", discarded: true }));
    expect(late.late).toMatchObject({ attempt: 3, skippedReason: "", discarded: true });
    expect(decodeNote(rangeSettlement({ from: 1, to: 4 }, 7, "hash", { lost: "too far behind" })).lost).toBe("too far behind");
    expect(decodeNote(rangeSettlement({ from: 1, to: 4 }, 7, "hash", { beforeStart: true })).beforeStart).toBe(true);
  });
});

describe("rate bucket", () => {
  it("gives a second's worth at once, then as time passes, and never more", () => {
    const bucket = createRateBucket(10);
    expect(bucket.available(1000)).toBe(10);
    bucket.spend(10);
    expect([bucket.available(1000), bucket.available(1099), bucket.available(1100), bucket.available(9000)]).toEqual([0, 0, 1, 10]);
  });

  it("says when there is enough, and there is", () => {
    const bucket = createRateBucket(4);
    bucket.available(0);
    bucket.spend(4);
    expect([bucket.readyAtMs(1, 0), bucket.readyAtMs(3, 0)]).toEqual([250, 750]);
    expect(bucket.available(250)).toBe(1);
  });

  it("a clock that is set back gives nothing, and takes nothing", () => {
    const bucket = createRateBucket(10);
    bucket.available(100_000);
    bucket.spend(10);
    expect([bucket.available(5000), bucket.available(5500)]).toEqual([0, 5]);
  });

  it("less than one record a second is still one at a time, and without a bound there is none", () => {
    const slow = createRateBucket(0.5);
    expect(slow.available(0)).toBe(1);
    slow.spend(1);
    expect([slow.available(1999), slow.available(2000)]).toEqual([0, 1]);
    const free = createRateBucket(Infinity);
    free.spend(1_000_000);
    expect(free.available(0)).toBe(Infinity);
  });
});

describe("history", () => {
  const failure = (number: number, message = "no") => ({ number, startedAtMs: 10.4, durationMs: 20.6, code: "timeout", message });

  it("DLV-24: keeps the last sixteen attempts, each with the beginning of its message", () => {
    let history: Uint8Array | undefined;
    for (let number = 1; number <= 20; number += 1) history = withAttempt(history, failure(number, "x".repeat(600)));
    const attempts = attemptsOf(history);
    expect(attempts.map(({ number }) => number)).toEqual(Array.from({ length: 16 }, (_, index) => index + 5));
    expect(attempts[0]).toMatchObject({ startedAtMs: 10n, durationMs: 21, code: "timeout" });
    expect(attempts[0]?.message.length).toBe(500);
  });

  it("one that cannot be read, or is not there, is empty, and goes on from here", () => {
    const broken = new Uint8Array([255, 255]);
    expect([attemptsOf(undefined), attemptsOf(broken)]).toEqual([[], []]);
    expect(attemptsOf(withAttempt(broken, failure(3))).map(({ number }) => number)).toEqual([3]);
  });

  it("an attempt during which the clock was set back took no time", () => {
    expect(attemptsOf(withAttempt(undefined, { ...failure(1), durationMs: -5000 }))[0]?.durationMs).toBe(0);
  });
});
