/** A range of sequences that settles as one. */
export interface WindowRange {
  /** Last sequence of the range; it begins after the range before. */
  through: number;
  /** Records of it that go to the integration; the rest was filtered. */
  readonly records: number;
  settled: boolean;
}

/** The ranges above the cursor, in order, and what of them is settled. Pure bookkeeping. */
export interface WindowTracker {
  /** Everything at or below it is settled. */
  readonly cursor: number;
  /** The last sequence that was added. */
  readonly position: number;
  /** Taken records above the cursor, settled or not. */
  readonly openRecords: number;
  /** Adds the range from `position` (exclusive) to `through`. */
  add(through: number, records: number): WindowRange;
  /** Moves the cursor over the range, and over settled ones behind it, once all before are settled. */
  settle(range: WindowRange): void;
  /** True when something above this unsettled range is settled already. */
  isOvertaken(range: WindowRange): boolean;
}

export function createWindowTracker(start: number): WindowTracker {
  let ranges: WindowRange[] = [];
  let first = 0;
  let cursor = start;
  let position = start;
  let openRecords = 0;

  function slide(): void {
    for (let range = ranges[first]; range?.settled === true; range = ranges[first]) {
      cursor = range.through;
      openRecords -= range.records;
      first += 1;
    }
    if (first > 1024 && first * 2 > ranges.length) {
      ranges = ranges.slice(first);
      first = 0;
    }
  }

  return {
    get cursor() {
      return cursor;
    },
    get position() {
      return position;
    },
    get openRecords() {
      return openRecords;
    },
    add(through, records) {
      if (through <= position) throw new RangeError(`a range must end above ${position}, not at ${through}`);
      position = through;
      const last = ranges.at(-1);
      if (records === 0 && last?.settled === true && last.records === 0 && first < ranges.length) {
        last.through = through;
        return last;
      }
      const range = { through, records, settled: false };
      ranges.push(range);
      openRecords += records;
      return range;
    },
    settle(range) {
      range.settled = true;
      slide();
    },
    isOvertaken(range) {
      return ranges.slice(ranges.indexOf(range, first) + 1).some((later) => later.settled && later.records > 0);
    },
  };
}
