/** Tells in which place of a ring the hash of an id stands. */
export interface IdIndex {
  /** Brings what `find` and `add` look at for `count` ids, `stride` words apart, into the processor's cache. */
  fetchAhead(words: Uint32Array, stride: number, count: number): void;
  /** The place of the id whose hash stands in `words` at `offset`, or -1. */
  find(words: Uint32Array, offset: number): number;
  add(words: Uint32Array, offset: number, place: number): void;
  /** Takes out the one that was added last; its hash begins with this word. */
  removeNewest(firstWord: number, place: number): void;
}

/**
 * Open addressing, in two tables. Nothing is taken out of them when it is forgotten, which would cost as much again as looking it up: an
 * entry counts while `isAt` says that the ring has the id there. The young table takes as many ids as the ring has places; then it becomes
 * the old one, and that, of which none counts any more, is emptied and becomes the young one.
 *
 * What an entry does not need for its place is a tag, bits of the hash's second word: it tells nearly every other id apart without a look
 * at its hash, which is rarely in the processor's cache.
 */
export function createIdIndex(places: number, isAt: (place: number, words: Uint32Array, offset: number) => boolean): IdIndex {
  const mask = 2 ** Math.ceil(Math.log2(places * 2)) - 1;
  /** Per slot the place plus one, and above it the tag; 0 is free. */
  let young = new Int32Array(mask + 1);
  let old = new Int32Array(mask + 1);
  const placeMask = 2 ** Math.ceil(Math.log2(places + 1)) - 1;
  let inYoung = 0;
  /** What was fetched ahead: if nothing used it, the compiler might leave it out. */
  const fetched = new Int32Array(1);

  const placeOf = (entry: number) => (entry & placeMask) - 1;
  const swap = () => {
    [young, old] = [old, young];
  };
  const lookIn = (table: Int32Array, words: Uint32Array, offset: number): number => {
    for (let slot = (words[offset] ?? 0) & mask; ; slot = (slot + 1) & mask) {
      const entry = table[slot] ?? 0;
      if (entry === 0) return -1;
      if (((entry ^ (words[offset + 1] ?? 0)) & ~placeMask) !== 0) continue;
      const place = placeOf(entry);
      if (isAt(place, words, offset)) return place;
    }
  };

  return {
    fetchAhead(words, stride, count) {
      let seen = 0;
      for (let offset = 0; offset < count * stride; offset += stride) {
        const slot = (words[offset] ?? 0) & mask;
        seen ^= (young[slot] ?? 0) ^ (old[slot] ?? 0);
      }
      fetched[0] = seen;
    },
    find(words, offset) {
      const place = lookIn(young, words, offset);
      return place < 0 ? lookIn(old, words, offset) : place;
    },
    add(words, offset, place) {
      if (inYoung === places) {
        swap();
        young.fill(0);
        inYoung = 0;
      }
      let slot = (words[offset] ?? 0) & mask;
      while (young[slot] !== 0) slot = (slot + 1) & mask;
      young[slot] = ((words[offset + 1] ?? 0) & ~placeMask) | (place + 1);
      inYoung += 1;
    },
    removeNewest(firstWord, place) {
      // Then the newest is in the other table, which was full when this one was begun, and this one is as empty as it was then.
      if (inYoung === 0) {
        swap();
        inYoung = places;
      }
      inYoung -= 1;
      let slot = firstWord & mask;
      while (placeOf(young[slot] ?? 0) !== place) slot = (slot + 1) & mask;
      // It is in nobody's way: those that were added before it found it free.
      young[slot] = 0;
    },
  };
}
