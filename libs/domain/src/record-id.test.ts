import { describe, expect, it } from "vitest";
import { isRecordId } from "./record-id.ts";

describe("isRecordId", () => {
  it.each(["a", "A-z_0", "a".repeat(128), "0198c5f2-7a1b-7c3d-9e4f-0a1b2c3d4e5f"])("takes %s", (id) => expect(isRecordId(id)).toBe(true));
  it.each(["", "a b", "ü", "a".repeat(129), "a\n", "a/b"])("refuses %j", (id) => expect(isRecordId(id)).toBe(false));
});
