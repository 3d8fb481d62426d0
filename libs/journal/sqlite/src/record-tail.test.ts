import { describe, expect, it } from "vitest";
import { createGroupPacker, newGroupBuffers } from "./group-packer.ts";
import { type CommittedGroup, createRecordTail } from "./record-tail.ts";

const all = { records: 1000, bytes: Infinity };
/** The words of the table, the bytes and 512 for the rest: what a group of `count` records of `size` bytes is counted as. */
const cost = (count: number, size: number) => count * 20 + count * size + 512;

/** Records `first` to `first + count - 1`, each filled with its sequence, in buffers that they fill. */
function group(first: number, count: number, size = 100, capacity = { records: count, bytes: count * size }): CommittedGroup {
  const packer = createGroupPacker({ table: new Uint32Array(capacity.records * 5), bodies: new Uint8Array(capacity.bytes) });
  packer.add(Array.from({ length: count }, (_, n) => ({ id: `r${first + n}`, bytes: new Uint8Array(size).fill(first + n) })));
  return { ...packer.pack(first * 10), first };
}
const sequencesOf = (records: readonly { sequence: number }[] | undefined) => records?.map((one) => one.sequence);

describe("reading from the tail", () => {
  it("gives records as views into the buffers of their groups, from any place on", () => {
    const tail = createRecordTail(1_000_000);
    const groups = [group(1, 3), group(4, 1), group(5, 4)];
    for (const one of groups) tail.add(one);
    for (let after = 0; after < 8; after++) {
      expect(sequencesOf(tail.read(after, all))).toEqual([1, 2, 3, 4, 5, 6, 7, 8].slice(after));
    }
    const [fifth] = tail.read(4, all) ?? [];
    expect([fifth?.appendedAtMs, fifth?.bytes.length, fifth?.bytes[99]]).toEqual([50, 100, 5]);
    expect(fifth?.bytes.buffer).toBe(groups[2]?.bodies.buffer);
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
  it("is kept by letting the oldest go, whose buffers come back when nobody read them", () => {
    const tail = createRecordTail(2 * cost(10, 100));
    const groups = [0, 1, 2, 3].map((n) => group(1 + n * 10, 10));
    const [first, second, third, fourth] = groups as [CommittedGroup, CommittedGroup, CommittedGroup, CommittedGroup];
    expect(tail.add(first)).toBeUndefined();
    expect(tail.add(second)).toBeUndefined();
    expect(tail.bytes).toBe(2 * cost(10, 100));
    tail.read(10, { records: 1, bytes: 0 });
    expect(tail.add(third)?.bodies).toBe(first.bodies);
    expect(tail.add(fourth)).toBeUndefined();
    expect(tail.bytes).toBe(2 * cost(10, 100));
    expect(tail.read(19, all)).toBeUndefined();
    expect(sequencesOf(tail.read(20, all))?.length).toBe(20);
  });

  it("of a group that is larger than it leaves nothing, and its buffers come back", () => {
    const tail = createRecordTail(cost(10, 100));
    tail.add(group(1, 2));
    const large = group(3, 30);
    tail.add(large);
    expect([tail.bytes, tail.read(0, all), tail.read(2, all)]).toEqual([0, undefined, undefined]);
    expect(createRecordTail(0).add(large)?.bodies).toBe(large.bodies);
  });

  it("is counted by what groups fill: those that leave their buffers mostly empty are copied, and the buffers come back", () => {
    const tail = createRecordTail(1_000_000);
    const sparse = group(1, 2, 100, { records: 64, bytes: 64 * 1024 });
    expect(tail.add(sparse)?.bodies).toBe(sparse.bodies);
    expect(tail.bytes).toBe(cost(2, 100));
    sparse.bodies.fill(0);
    expect(tail.read(0, all)?.map((one) => one.bytes[0])).toEqual([1, 2]);
  });

  it("holds over many groups, trimmed ones too", () => {
    const tail = createRecordTail(100 * cost(1, 100));
    for (let n = 1; n <= 5000; n++) tail.add(group(n, 1));
    expect(tail.bytes).toBe(100 * cost(1, 100));
    expect(sequencesOf(tail.read(4900, all))).toEqual(Array.from({ length: 100 }, (_, n) => 4901 + n));
    tail.trimTo(4950);
    expect(tail.bytes).toBe(50 * cost(1, 100));
    expect(tail.read(4949, all)).toBeUndefined();
    tail.trimTo(9999);
    expect(tail.bytes).toBe(0);
  });
});

it("buffers for a new group have room for what is expected, and for a little in any case", () => {
  const { table, bodies } = newGroupBuffers({ records: 1000, bytes: 1_000_000 });
  expect([table.length, bodies.length]).toEqual([5000, 1_000_000]);
  expect(newGroupBuffers().bodies.length).toBe(65_536);
});
