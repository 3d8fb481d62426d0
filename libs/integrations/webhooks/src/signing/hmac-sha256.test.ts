import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createHmacSha256 } from "./hmac-sha256.ts";

describe("createHmacSha256", () => {
  it("gives the value of RFC 4231, test case 2", () => {
    const hmac = createHmacSha256(createSecretKey(Buffer.from("Jefe")));
    const digest = Buffer.from(hmac("what do ya want ", Buffer.from("for nothing?")), "base64");
    expect(digest.toString("hex")).toBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  });

  it("gives what createHmac gives, for all lengths of keys and around all lengths where something changes", () => {
    for (const keyLength of [1, 24, 32, 63, 64]) {
      const key = randomBytes(keyLength);
      const hmac = createHmacSha256(createSecretKey(key));
      for (const length of [5000, 0, 1, 55, 56, 63, 64, 65, 65_533, 65_534, 65_535, 200_000, 7]) {
        const body = randomBytes(length);
        const expected = createHmac("sha256", key).update("id.").update(body).digest("base64");
        expect(hmac("id.", body), `${keyLength} bytes of key, ${length} of body`).toBe(expected);
      }
    }
  });

  it("refuses a key that would have to be hashed first", () => {
    expect(() => createHmacSha256(createSecretKey(randomBytes(65)))).toThrow("at most 64 bytes; it holds 65");
  });
});
