import { describe, expect, it } from "vitest";
import { hashId } from "./id-hash.ts";

function hexOf(id: string): string {
  const words = new Uint32Array(6);
  hashId(id, words, 1);
  expect([words[0], words[5]]).toEqual([0, 0]);
  return Buffer.from(words.buffer, 4, 16).toString("hex");
}

describe("hashId", () => {
  // From the Python package mmh3: mmh3.hash_bytes(id.encode("utf-16le"), 0, False).
  it.each([
    ["", "00000000000000000000000000000000"],
    ["a", "96b13b03e14fefcce14fefcce14fefcc"],
    ["ab", "53b90f26fdb622affdb622affdb622af"],
    ["0192f0c1-7c1e-7a30-8a4e-0123456789ab", "f3c315c97d76d0c040fa0868b28b3e5e"],
    ["x".repeat(128), "47095dea5d18eb25b21a54f3c13ef352"],
    ["zażółć", "22caae307f02302a6334e93af36f25fb"],
  ])("of %j is MurmurHash3_x86_128 of its UTF-16LE bytes", (id, hex) => {
    expect(hexOf(id)).toBe(hex);
  });

  it("tells 50,000 ids apart that differ in one character", () => {
    const seen = new Set<string>();
    for (let n = 0; n < 50_000; n++) seen.add(hexOf(`0192f0c1-7c1e-7a30-8a4e-${n.toString(36).padStart(12, "0")}`));
    expect(seen.size).toBe(50_000);
  });
});
