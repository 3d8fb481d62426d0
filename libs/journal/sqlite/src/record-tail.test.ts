import type { JournalRecord } from "@tapio/journal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createGroupPacker, newGroupBuffers } from "./group-packer.ts";
import type { CommittedGroup } from "./record-slab.ts";
import { createRecordTail } from "./record-tail.ts";

const all = { records: 1000, bytes: Infinity };

/** Records `first` to `first + sizes.length - 1` of these sizes, each filled with its sequence. */
function groupOf(first: number, sizes: readonly number[]): CommittedGroup {
  const packer = createGroupPacker();
  packer.add(sizes.map((size, n) => ({ id: `r${first + n}`, bytes: new Uint8Array(size).fill(first + n) })));
  return { ...packer.pack(first * 10), first };
}
const group = (first: number, count: number, size = 100) =>
  groupOf(
    first,
    Array.from({ length: count }, () => size),
  );
const sequencesOf = (records: readonly JournalRecord[] | undefined) => records?.map((one) => one.sequence);
const isWhole = ({ sequence, bytes }: JournalRecord) => bytes.every((byte) => byte === sequence % 256);

describe("reading from the tail", () => {
  it("gives records with their times, from any place on", () => {
    const tail = createRecordTail(1_000_000);
    for (const one of [group(1, 3), group(4, 1), group(5, 4)]) tail.add(one);
    for (let after = 0; after < 8; after++) {
      expect(sequencesOf(tail.read(after, all))).toEqual([1, 2, 3, 4, 5, 6, 7, 8].slice(after));
    }
    const [fifth] = tail.read(4, all) ?? [];
    expect([fifth?.appendedAtMs, fifth?.bytes.length, fifth?.bytes[99]]).toEqual([50, 100, 5]);
  });

  it("copies: one buffer per read, which the records fill, and the group's own may be used again", () => {
    const tail = createRecordTail(1_000_000);
    const first = group(1, 3);
    tail.add(first);
    first.bodies.fill(0);
    first.table.fill(0);
    const records = tail.read(1, all) ?? [];
    expect(records.map(({ bytes }) => [bytes[0], bytes.byteOffset, bytes.buffer.byteLength])).toEqual([
      [2, 0, 200],
      [3, 100, 200],
    ]);
    expect(records[0]?.bytes.buffer).toBe(records[1]?.bytes.buffer);
    expect(tail.read(1, all)?.[0]?.bytes.buffer).not.toBe(records[0]?.bytes.buffer);
  });

  it("stops at either bound, but gives one record however large", () => {
    const tail = createRecordTail(1_000_000);
    tail.add(group(1, 3));
    tail.add(group(4, 3));
    expect(sequencesOf(tail.read(0, { records: 4, bytes: Infinity }))).toEqual([1, 2, 3, 4]);
    expect(sequencesOf(tail.read(2, { records: 1, bytes: Infinity }))).toEqual([3]);
    expect(sequencesOf(tail.read(1, { records: 9, bytes: 399 }))).toEqual([2, 3, 4]);
    expect(sequencesOf(tail.read(1, { records: 9, bytes: 200 }))).toEqual([2, 3]);
    expect(sequencesOf(tail.read(1, { records: 9, bytes: 0 }))).toEqual([2]);
  });

  it("says so when what is asked for is not there", () => {
    const tail = createRecordTail(1_000_000);
    expect(tail.read(0, all)).toBeUndefined();
    tail.add(group(11, 2));
    expect(tail.read(9, all)).toBeUndefined();
    expect(sequencesOf(tail.read(10, all))).toEqual([11, 12]);
    expect(tail.read(12, all)).toBeUndefined();
  });
});

describe("the bound", () => {
  it("is kept by filling the slab of the oldest again, of which there are eight", () => {
    const tail = createRecordTail(8 * 1160);
    const held: number[] = [];
    for (let n = 0; n < 10; n++) {
      tail.add(group(1 + n * 10, 10));
      held.push(tail.bytes);
    }
    expect(held).toEqual([1168, 2336, 3504, 4672, 5840, 7008, 8176, 8176, 8176, 8176]);
    expect(tail.read(29, all)).toBeUndefined();
    expect(sequencesOf(tail.read(30, all))).toEqual(Array.from({ length: 70 }, (_, n) => 31 + n));
  });

  it("of 32 MiB is taken as it is needed, a MiB at a time, and never passed", () => {
    const tail = createRecordTail(32 * 1024 * 1024);
    expect(tail.bytes).toBe(0);
    tail.add(group(1, 100, 600));
    expect(tail.bytes).toBe(1024 * 1024);
    for (let n = 1; n < 1000; n++) tail.add(group(1 + n * 100, 100, 600));
    expect(tail.bytes).toBe(32 * 1024 * 1024);
    expect(tail.read(100_000 - 52_700, { records: 1, bytes: 0 })?.[0]?.sequence).toBe(47_301);
  });

  it("of a group that is larger than it leaves nothing, neither of that nor of what was before it", () => {
    const tail = createRecordTail(10_000);
    tail.add(group(1, 2));
    tail.add(group(3, 100));
    expect([tail.read(0, all), tail.read(2, all)]).toEqual([undefined, undefined]);
    tail.add(group(103, 1));
    expect([tail.read(101, all), sequencesOf(tail.read(102, all))]).toEqual([undefined, [103]]);
    const none = createRecordTail(0);
    none.add(group(1, 1));
    expect([none.bytes, none.read(0, all)]).toEqual([0, undefined]);
  });

  it("holds for records that are larger than a slab: each has its own while it is among the newest", () => {
    const tail = createRecordTail(100_000);
    tail.add(groupOf(1, [100, 30_000, 100, 30_000]));
    tail.add(groupOf(5, [0, 100]));
    expect(tail.bytes).toBe(3 * 12_512 + 2 * 30_016);
    expect(tail.read(0, all)?.map(({ bytes }) => bytes.length)).toEqual([100, 30_000, 100, 30_000, 0, 100]);
    tail.add(groupOf(7, [40_000]));
    expect([tail.read(1, all), sequencesOf(tail.read(2, all))]).toEqual([undefined, [3, 4, 5, 6, 7]]);
    for (let n = 8; n < 1000; n++) tail.add(group(n, 1));
    expect(tail.bytes).toBe(7 * 12_512);
  });

  it("holds when records are trimmed, whose slabs are used for later ones", () => {
    const tail = createRecordTail(8 * 1160);
    for (let n = 0; n < 7; n++) tail.add(group(1 + n * 10, 10));
    tail.trimTo(25);
    expect([tail.read(9, all), sequencesOf(tail.read(20, all))?.length]).toEqual([undefined, 50]);
    for (let n = 7; n < 9; n++) tail.add(group(1 + n * 10, 10));
    expect(sequencesOf(tail.read(20, all))?.length).toBe(70);
    tail.trimTo(9999);
    expect([tail.bytes, tail.read(89, all)]).toEqual([8176, undefined]);
  });
});

it("a record keeps its bytes, however often its slab is filled again after it was read", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 12 });
  const step = fc.record({ sizes, back: fc.nat(30), records: fc.integer({ min: 1, max: 20 }), bytes: fc.nat(2000), trim: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), fc.integer({ min: 0, max: 6000 }), (steps, bytesMax) => {
      const tail = createRecordTail(bytesMax);
      const added: number[] = [];
      const read: JournalRecord[] = [];
      for (const { sizes, back, records, bytes, trim } of steps) {
        tail.add(groupOf(added.length + 1, sizes));
        added.push(...sizes);
        const after = Math.max(0, added.length - back);
        const found = tail.read(after, { records, bytes });
        expect(found === undefined || found.length > 0).toBe(true);
        expect(found?.map((one) => one.bytes.length) ?? []).toEqual(
          found === undefined ? [] : admitted(added.slice(after), { records, bytes }),
        );
        expect(sequencesOf(found)?.[0] ?? after + 1).toBe(after + 1);
        read.push(...(found ?? []));
        if (trim) tail.trimTo(added.length - 10);
        expect(tail.bytes).toBeLessThanOrEqual(bytesMax);
      }
      expect(read.filter((one) => !isWhole(one))).toEqual([]);
    }),
  );
});

/** The sizes that a read may give of these. */
function admitted(sizes: readonly number[], limit: { records: number; bytes: number }): number[] {
  const taken = sizes.slice(0, limit.records);
  let bytes = 0;
  const first = taken.findIndex((size, n) => (bytes += size) > limit.bytes && n > 0);
  return first < 0 ? taken : taken.slice(0, first);
}

it("buffers for a new group have room for what is expected, and for a little in any case", () => {
  const { table, bodies } = newGroupBuffers({ records: 1000, bytes: 1_000_000 });
  expect([table.length, bodies.length]).toEqual([5000, 1_000_000]);
  expect(newGroupBuffers().bodies.length).toBe(65_536);
});
