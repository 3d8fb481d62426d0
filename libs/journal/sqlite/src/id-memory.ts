import { createIdIndex } from "./id-index.ts";

/** Words per id. */
const WORDS = 4;

/**
 * The hashes of the last ids and their sequences, the oldest forgotten first: a ring in flat buffers, with an index.
 * 40 to 56 bytes per id, where a Map of strings takes 130.
 */
export interface IdMemory {
  /**
   * Makes ready for `find` and `remember` of `count` ids, `stride` words apart. What these look at is rarely in the processor's cache: one
   * after the other each would wait for it, here the waits overlap.
   */
  fetchAhead(words: Uint32Array, stride: number, count: number): void;
  /** The sequence of the id whose hash stands in `words` at `offset`, or 0. */
  find(words: Uint32Array, offset: number): number;
  /** Remembers an id that `find` does not know; forgets the oldest when full. */
  remember(words: Uint32Array, offset: number, sequence: number): void;
  /** Withdraws the last `count` ids that were remembered (what they pushed out does not come back: recall it). */
  forgetNewest(count: number): void;
  /** Forgets all with a sequence up to this one: they rise in the order of remembering. */
  forgetUpTo(sequence: number): void;
  readonly size: number;
}

export function createIdMemory(capacity: number): IdMemory {
  const hashes = new Uint32Array(capacity * WORDS);
  const sequences = new Float64Array(capacity);
  let next = 0;
  let size = 0;
  /** How many were remembered after the one in this place. */
  const ageOf = (place: number) => (place < next ? next - 1 - place : next - 1 - place + capacity);
  const index = createIdIndex(capacity, (place, words, offset) => ageOf(place) < size && matches(hashes, place * WORDS, words, offset));

  return {
    fetchAhead: (words, stride, count) => index.fetchAhead(words, stride, count),
    find(words, offset) {
      const place = index.find(words, offset);
      return place < 0 ? 0 : (sequences[place] ?? 0);
    },
    remember(words, offset, sequence) {
      for (let word = 0; word < WORDS; word++) hashes[next * WORDS + word] = words[offset + word] ?? 0;
      sequences[next] = sequence;
      index.add(words, offset, next);
      next = next + 1 === capacity ? 0 : next + 1;
      if (size < capacity) size += 1;
    },
    forgetNewest(count) {
      for (let left = Math.min(count, size); left > 0; left--) {
        next = next === 0 ? capacity - 1 : next - 1;
        index.removeNewest(hashes[next * WORDS] ?? 0, next);
        size -= 1;
      }
    },
    forgetUpTo(sequence) {
      const oldest = () => (next - size + capacity) % capacity;
      while (size > 0 && (sequences[oldest()] ?? 0) <= sequence) size -= 1;
    },
    get size() {
      return size;
    },
  };
}

function matches(hashes: Uint32Array, at: number, words: Uint32Array, offset: number): boolean {
  return (
    hashes[at] === words[offset] &&
    hashes[at + 1] === words[offset + 1] &&
    hashes[at + 2] === words[offset + 2] &&
    hashes[at + 3] === words[offset + 3]
  );
}
