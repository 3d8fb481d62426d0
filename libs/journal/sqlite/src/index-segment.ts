import { TABLE_WORDS } from "./messages.ts";

/** Segments are cut into this many rows, by the first bits of the hash. */
export const BUCKETS = 256;
/** Per record in a bucket: the second and third word of the hash, and the place in the segment. */
const ENTRY_WORDS = 3;

export function bucketOf(firstWord: number): number {
  return firstWord >>> 24;
}

/** The hashes of a run of records, gathered to become a segment. */
export interface SegmentBuilder {
  readonly count: number;
  /** The table of a group, as it is stored; groups come in their order. `first` is the place of its first record in the segment. */
  add(words: Uint32Array, first: number): void;
  /** The buckets in their order, each sorted by hash, then place. */
  buckets(): Uint32Array[];
}

export function createSegmentBuilder(): SegmentBuilder {
  const entries: [second: number, third: number, place: number][][] = Array.from({ length: BUCKETS }, () => []);
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(words, first) {
      for (let at = 0; at < words.length; at += TABLE_WORDS) {
        entries[bucketOf(words[at] ?? 0)]?.push([words[at + 1] ?? 0, words[at + 2] ?? 0, first + at / TABLE_WORDS]);
        count += 1;
      }
    },
    buckets: () => entries.map((bucket) => Uint32Array.from(bucket.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]).flat())),
  };
}

/** The places in the segment of the records that may have this hash, the newest first. */
export function placesIn(bucket: Uint32Array, hash: Uint32Array): number[] {
  const [, second = 0, third = 0] = hash;
  const order = (entry: number) => (bucket[entry * ENTRY_WORDS] ?? 0) - second || (bucket[entry * ENTRY_WORDS + 1] ?? 0) - third;
  let low = 0;
  let high = bucket.length / ENTRY_WORDS;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order(middle) < 0) low = middle + 1;
    else high = middle;
  }
  const places: number[] = [];
  for (let entry = low; entry < bucket.length / ENTRY_WORDS && order(entry) === 0; entry++) {
    places.unshift(bucket[entry * ENTRY_WORDS + 2] ?? 0);
  }
  return places;
}
