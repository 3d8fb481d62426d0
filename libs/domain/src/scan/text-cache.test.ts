import fc from "fast-check";
import { expect, it } from "vitest";
import { cachedText } from "./text-cache.ts";

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(`<${text}>`);
}

it("reads every text as it is, however often and in whatever order texts come", () => {
  // Few characters and lengths, so that texts fall into the same places and differ in little.
  const text = fc.string({ unit: fc.constantFrom("a", "b", "é", "ÿ", "€", "😀", "-"), maxLength: 70 });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 40 }), (texts) => {
      for (const one of [...texts, ...texts]) {
        const bytes = bytesOf(one);
        expect(cachedText(bytes, 1, bytes.length - 1)).toBe(one);
      }
    }),
  );
});

it("tells bytes above ASCII from characters of the same number", () => {
  // U+00C3 U+00A9 as characters, and the two bytes of U+00E9.
  for (const text of ["Ã©", "é", "Ã©"]) {
    const bytes = bytesOf(text);
    expect(cachedText(bytes, 1, bytes.length - 1)).toBe(text);
  }
});
