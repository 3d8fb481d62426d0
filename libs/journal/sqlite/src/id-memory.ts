/** Words per id. */
const WORDS = 4;

/**
 * The hashes of the last ids and their sequences, the oldest forgotten first: a ring in flat buffers with an index of open addressing.
 * 32 to 40 bytes per id, where a Map of strings takes 130.
 */
export interface IdMemory {
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

/**
 * What an entry of the index does not need for its place is a tag, bits of the hash's second word: it tells nearly every other id apart
 * without a look at its hash, which is rarely in the processor's cache.
 */
export function createIdMemory(capacity: number): IdMemory {
  const hashes = new Uint32Array(capacity * WORDS);
  const sequences = new Float64Array(capacity);
  const mask = 2 ** Math.ceil(Math.log2(capacity * 2)) - 1;
  /** Place in the ring plus one, and above it the tag; 0 is free. */
  const index = new Int32Array(mask + 1);
  const placeMask = 2 ** Math.ceil(Math.log2(capacity + 1)) - 1;
  let next = 0;
  let size = 0;

  const placeOf = (entry: number) => (entry & placeMask) - 1;
  const homeOf = (place: number) => (hashes[place * WORDS] ?? 0) & mask;

  /** Frees the slot and moves up those behind it that it had displaced. */
  const unindex = (place: number) => {
    let hole = homeOf(place);
    while (placeOf(index[hole] ?? 0) !== place) hole = (hole + 1) & mask;
    for (let probe = (hole + 1) & mask; ; probe = (probe + 1) & mask) {
      const entry = index[probe] ?? 0;
      if (entry === 0) break;
      if (((probe - homeOf(placeOf(entry))) & mask) < ((probe - hole) & mask)) continue;
      index[hole] = entry;
      hole = probe;
    }
    index[hole] = 0;
  };

  return {
    find(words, offset) {
      for (let slot = (words[offset] ?? 0) & mask; ; slot = (slot + 1) & mask) {
        const entry = index[slot] ?? 0;
        if (entry === 0) return 0;
        if (((entry ^ (words[offset + 1] ?? 0)) & ~placeMask) !== 0) continue;
        if (matches(hashes, placeOf(entry) * WORDS, words, offset)) return sequences[placeOf(entry)] ?? 0;
      }
    },
    remember(words, offset, sequence) {
      if (size === capacity) unindex(next);
      else size += 1;
      for (let word = 0; word < WORDS; word++) hashes[next * WORDS + word] = words[offset + word] ?? 0;
      sequences[next] = sequence;
      let slot = homeOf(next);
      while (index[slot] !== 0) slot = (slot + 1) & mask;
      index[slot] = ((words[offset + 1] ?? 0) & ~placeMask) | (next + 1);
      next = next + 1 === capacity ? 0 : next + 1;
    },
    forgetNewest(count) {
      for (let left = Math.min(count, size); left > 0; left--) {
        next = next === 0 ? capacity - 1 : next - 1;
        unindex(next);
        size -= 1;
      }
    },
    forgetUpTo(sequence) {
      const oldest = () => (next - size + capacity) % capacity;
      for (; size > 0 && (sequences[oldest()] ?? 0) <= sequence; size -= 1) unindex(oldest());
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
