import { describe, expect, it } from "vitest";
import { inParts } from "./batches.ts";

const record = (size: number): { bytes: Uint8Array } => ({ bytes: new Uint8Array(size) });
const sizes = (records: { bytes: Uint8Array }[]): number[][] => inParts(records).map((part) => part.map(({ bytes }) => bytes.byteLength));
const MIB = 1024 * 1024;

describe("inParts", () => {
  it("has no parts for no records, and one for few", () => {
    expect(sizes([])).toEqual([]);
    expect(sizes([record(1), record(2)])).toEqual([[1, 2]]);
  });

  it("begins a new part before 4 MiB are passed", () => {
    expect(sizes([record(2 * MIB), record(2 * MIB), record(1), record(5 * MIB), record(1)])).toEqual([
      [2 * MIB, 2 * MIB],
      [1],
      [5 * MIB],
      [1],
    ]);
  });

  it("begins a new part after 1,000 records", () => {
    expect(inParts(Array.from({ length: 2_001 }, () => record(1))).map((part) => part.length)).toEqual([1_000, 1_000, 1]);
  });
});
