import { createHmac, hash, type KeyObject } from "node:crypto";

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** Above this, what `createHmac` costs besides is nothing. */
const ONE_SHOT_BYTES_MAX = 64 * 1024;

/** The base64 of HMAC-SHA256 over an ASCII text and the bytes behind it, as they are. */
export type HmacSha256 = (prefix: string, body: Uint8Array) => string;

/**
 * HMAC-SHA256 (RFC 2104) as two one-shot hashes: `createHmac` makes an object outside of the heap each time, which costs three times as much as
 * hashing a webhook, and the garbage collector once more.
 * @param key up to 64 bytes, as signing secrets are
 */
export function createHmacSha256(key: KeyObject): HmacSha256 {
  const bytes = key.export();
  if (bytes.length > BLOCK_BYTES) throw new RangeError(`the key must hold at most ${BLOCK_BYTES} bytes; it holds ${bytes.length}`);
  const inner = padded(bytes, INNER_PAD, ONE_SHOT_BYTES_MAX);
  const outer = padded(bytes, OUTER_PAD, DIGEST_BYTES);
  return (prefix, body) => {
    const length = prefix.length + body.length;
    if (length > ONE_SHOT_BYTES_MAX) return createHmac("sha256", key).update(prefix, "latin1").update(body).digest("base64");
    inner.write(prefix, BLOCK_BYTES, "latin1");
    inner.set(body, BLOCK_BYTES + prefix.length);
    outer.write(hash("sha256", inner.subarray(0, BLOCK_BYTES + length), "binary"), BLOCK_BYTES, "latin1");
    return hash("sha256", outer, "base64");
  };
}

/** The key, filled up with zeros to a block, under a pad; behind it is room. */
function padded(key: Uint8Array, pad: number, roomBytes: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES + roomBytes);
  block.fill(pad, 0, BLOCK_BYTES);
  for (const [index, byte] of key.entries()) block[index] = byte ^ pad;
  return block;
}
