import { expect, it } from "vitest";
import { createBufferPool } from "./buffer-pool.ts";

const kibibyte = 1024;

it("gives a buffer that came back to the next one who needs that size", () => {
  const pool = createBufferPool(kibibyte * kibibyte);
  const first = pool.take(5);
  expect(first.byteLength).toBe(64 * kibibyte);
  expect(pool.take(5)).not.toBe(first);
  pool.give(first);
  expect(pool.take(65 * kibibyte).byteLength).toBe(128 * kibibyte);
  expect(pool.take(64 * kibibyte)).toBe(first);
});

it("keeps no more than its bound, and no large buffers", () => {
  const pool = createBufferPool(128 * kibibyte);
  const three = [pool.take(1), pool.take(1), pool.take(1)];
  for (const buffer of three) pool.give(buffer);
  const again = [pool.take(1), pool.take(1), pool.take(1)];
  expect(again.filter((buffer) => three.includes(buffer))).toHaveLength(2);

  const large = pool.take(2 * kibibyte * kibibyte);
  pool.give(large);
  expect(pool.take(2 * kibibyte * kibibyte)).not.toBe(large);
});
