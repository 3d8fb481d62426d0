/**
 * 128 bits of an id: MurmurHash3_x86_128 with seed 0 over the string's UTF-16LE bytes, written as four words.
 *
 * Not a cryptographic hash: whoever wants two records of their own to collide can find such ids, and loses one of those two. Nobody
 * can hide another's record with it that could not do so by sending the same id.
 * Source: https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp
 */
export function hashId(id: string, out: Uint32Array, at: number): void {
  const blocks = id.length >>> 3;
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  for (let block = 0; block < blocks; block++) {
    const unit = block << 3;
    h1 = Math.imul(rotate((h1 ^ mix1(word(id, unit))) | 0, 19) + h2, 5) + 0x561ccd1b;
    h2 = Math.imul(rotate((h2 ^ mix2(word(id, unit + 2))) | 0, 17) + h3, 5) + 0x0bcaa747;
    h3 = Math.imul(rotate((h3 ^ mix3(word(id, unit + 4))) | 0, 15) + h4, 5) + 0x96cd1c35;
    h4 = Math.imul(rotate((h4 ^ mix4(word(id, unit + 6))) | 0, 13) + h1, 5) + 0x32ac3b17;
  }
  const tail = blocks << 3;
  const bytes = id.length << 1;
  h4 = h4 ^ mix4(word(id, tail + 6)) ^ bytes;
  h3 = h3 ^ mix3(word(id, tail + 4)) ^ bytes;
  h2 = h2 ^ mix2(word(id, tail + 2)) ^ bytes;
  h1 = h1 ^ mix1(word(id, tail)) ^ bytes;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = finish(h2 + h1);
  h3 = finish(h3 + h1);
  h4 = finish(h4 + h1);
  h1 = finish(h1);
  h1 = (h1 + h2 + h3 + h4) | 0;
  out[at] = h1;
  out[at + 1] = h2 + h1;
  out[at + 2] = h3 + h1;
  out[at + 3] = h4 + h1;
}

/** Two code units; past the end of the string they count as zero (`NaN << 0` is 0). */
function word(id: string, unit: number): number {
  return id.charCodeAt(unit) | (id.charCodeAt(unit + 1) << 16) | 0;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;
const mix1 = (k: number) => Math.imul(rotate(Math.imul(k, C1), 15), C2);
const mix2 = (k: number) => Math.imul(rotate(Math.imul(k, C2), 16), C3);
const mix3 = (k: number) => Math.imul(rotate(Math.imul(k, C3), 17), C4);
const mix4 = (k: number) => Math.imul(rotate(Math.imul(k, C4), 18), C1);

function finish(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
