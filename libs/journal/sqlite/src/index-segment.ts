import { TABLE_WORDS } from "./messages.ts";

/** Segments are cut into this many rows, by the first bits of the hash. */
export const BUCKETS = 1024;
/** Per record in a bucket: the second word of the hash, and the place in the segment. The journal has the whole hash. */
const ENTRY_WORDS = 2;
/** More places than a segment has: with the word before it, a place makes a number that a double holds exactly. */
const PLACES_MAX = 2 ** 20;

export function bucketOf(firstWord: number): number {
  return firstWord >>> 22;
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
  const groups: { readonly words: Uint32Array; readonly first: number }[] = [];
  const counts = new Uint32Array(BUCKETS);
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(words, first) {
      groups.push({ words, first });
      for (let at = 0; at < words.length; at += TABLE_WORDS) {
        const bucket = bucketOf(words[at] ?? 0);
        counts[bucket] = (counts[bucket] ?? 0) + 1;
        count += 1;
      }
    },
    buckets() {
      const keys = Array.from(counts, (size) => new Float64Array(size));
      const filled = new Uint32Array(BUCKETS);
      for (const { words, first } of groups) {
        for (let at = 0; at < words.length; at += TABLE_WORDS) {
          const bucket = bucketOf(words[at] ?? 0);
          const slot = filled[bucket] ?? 0;
          const own = keys[bucket];
          if (own) own[slot] = (words[at + 1] ?? 0) * PLACES_MAX + first + at / TABLE_WORDS;
          filled[bucket] = slot + 1;
        }
      }
      return keys.map((bucket) => entriesOf(bucket.sort()));
    },
  };
}

function entriesOf(keys: Float64Array): Uint32Array {
  const entries = new Uint32Array(keys.length * ENTRY_WORDS);
  for (const [index, key] of keys.entries()) {
    const second = Math.floor(key / PLACES_MAX);
    entries[index * ENTRY_WORDS] = second;
    entries[index * ENTRY_WORDS + 1] = key - second * PLACES_MAX;
  }
  return entries;
}

/** The places in the segment of the records that may have this hash, the newest first. */
export function placesIn(bucket: Uint32Array, hash: Uint32Array): number[] {
  const second = hash[1] ?? 0;
  let low = 0;
  let high = bucket.length / ENTRY_WORDS;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bucket[middle * ENTRY_WORDS] ?? 0) < second) low = middle + 1;
    else high = middle;
  }
  const places: number[] = [];
  for (let at = low * ENTRY_WORDS; bucket[at] === second; at += ENTRY_WORDS) places.unshift(bucket[at + 1] ?? 0);
  return places;
}
