import { describe, expect, it } from "vitest";
import { PACKED_NUMBERS, type PackedRecords } from "./messages.ts";
import { withReadAhead } from "./read-ahead.ts";

const limit = { records: 2, bytes: 1000 };

/** Of a journal whose records have no gaps: what was asked for, and what is to be done later. */
function readerOf(failsFrom = Infinity) {
  const asked: number[] = [];
  const later: (() => void)[] = [];
  const read = withReadAhead(
    (after, { records }, head): PackedRecords[] => {
      asked.push(after);
      if (after >= failsFrom) throw new Error("damaged");
      const count = Math.min(records, head - after);
      const table = new Float64Array(count * PACKED_NUMBERS);
      for (let record = 0; record < count; record++) table[record * PACKED_NUMBERS] = after + 1 + record;
      return count === 0 ? [] : [{ table, bytes: new Uint8Array(0) }];
    },
    (work) => void later.push(work),
  );
  const idle = (): void => later.splice(0).forEach((work) => work());
  const sequences = (after: number, head = 10, to = limit) =>
    read(after, to, head).flatMap(({ table }) => [...table].filter((_, index) => index % PACKED_NUMBERS === 0));
  return { asked, idle, sequences };
}

describe("reading ahead", () => {
  it("begins behind a read that went on where the last one ended, and gives what it found to who asks for it", () => {
    const { asked, idle, sequences } = readerOf();
    expect(sequences(0)).toEqual([1, 2]);
    idle();
    expect(asked).toEqual([0]);
    expect(sequences(2)).toEqual([3, 4]);
    idle();
    expect(asked).toEqual([0, 2, 4]);
    expect(sequences(4)).toEqual([5, 6]);
    expect(asked).toEqual([0, 2, 4]);
    idle();
    expect(sequences(6)).toEqual([7, 8]);
    idle();
    expect(sequences(8)).toEqual([9, 10]);
    idle();
    expect(asked).toEqual([0, 2, 4, 6, 8]);
  });

  it("does not begin for destinations at different places, nor when somebody else asked meanwhile", () => {
    const { asked, idle, sequences } = readerOf();
    for (const after of [0, 4, 2, 6]) {
      sequences(after);
      idle();
    }
    expect(asked).toEqual([0, 4, 2, 6]);
    sequences(8, 20);
    sequences(0);
    idle();
    expect(asked).toEqual([0, 4, 2, 6, 8, 0]);
  });

  it("gives another limit, and what has come since, a read of its own", () => {
    const { asked, idle, sequences } = readerOf();
    sequences(0, 5);
    sequences(2, 5);
    idle();
    expect(asked).toEqual([0, 2, 4]);
    expect(sequences(4, 6)).toEqual([5, 6]);
    expect(asked).toEqual([0, 2, 4, 4]);
    const other = readerOf();
    other.sequences(0);
    other.sequences(2);
    other.idle();
    expect(other.sequences(4, 10, { records: 3, bytes: 1000 })).toEqual([5, 6, 7]);
  });

  it("keeps what fails to itself: whoever asks hears of it", () => {
    const { asked, idle, sequences } = readerOf(4);
    sequences(0);
    sequences(2);
    idle();
    expect(asked).toEqual([0, 2, 4]);
    expect(() => sequences(4)).toThrow("damaged");
  });
});
