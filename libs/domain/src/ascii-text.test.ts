import { expect, it } from "vitest";
import { asciiText } from "./ascii-text.ts";

it("reads a part of any Uint8Array as text", () => {
  const bytes = Uint8Array.from(Buffer.from("..record-1_A..", "latin1"));
  expect(asciiText(bytes, 2, 12)).toBe("record-1_A");
  expect(asciiText(bytes.subarray(2), 0, 6)).toBe("record");
  expect(asciiText(bytes, 3, 3)).toBe("");
});
