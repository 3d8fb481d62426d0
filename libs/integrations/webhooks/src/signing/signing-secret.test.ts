import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { generateSecret, InvalidSecretError, parseSecret } from "./signing-secret.ts";

function secretOf(bytes: number): string {
  return `whsec_${Buffer.alloc(bytes, 0xfb).toString("base64")}`;
}

describe("parseSecret", () => {
  it.each([24, 25, 32, 63, 64])("reads a secret of %i bytes", (bytes) => {
    expect(parseSecret(secretOf(bytes)).export()).toEqual(Buffer.alloc(bytes, 0xfb));
  });

  it("leaves out the line end that a secret file has", () => {
    expect(parseSecret(`${secretOf(24)}\n`).export()).toHaveLength(24);
  });

  it.each([
    ["", "the secret is empty; `tapioctl webhook keygen` makes one"],
    ["   ", "the secret is empty; `tapioctl webhook keygen` makes one"],
    ["hunter2hunter2hunter2hunter2hunter2", 'the secret must start with "whsec_"'],
    ["WHSEC_" + secretOf(24).slice(6), 'the secret must start with "whsec_"'],
    ["whsk_AAAA", 'the secret is an ed25519 key (v1a); only "whsec_" secrets (v1, HMAC-SHA256) are supported'],
    ["whpk_AAAA", 'the secret is an ed25519 key (v1a); only "whsec_" secrets (v1, HMAC-SHA256) are supported'],
    ["whsec_", 'what follows "whsec_" must be standard base64 with its padding'],
    ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", 'what follows "whsec_" must be standard base64 with its padding'],
    ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_", 'what follows "whsec_" must be standard base64 with its padding'],
    ["whsec_MfKQ9r8GKYqr TwjUPD8ILPZIo2LaLaS", 'what follows "whsec_" must be standard base64 with its padding'],
    ["whsec_====", 'what follows "whsec_" must be standard base64 with its padding'],
    [secretOf(23), "the secret must hold 24 to 64 bytes; it holds 23"],
    [secretOf(2), "the secret must hold 24 to 64 bytes; it holds 2"],
    [secretOf(65), "the secret must hold 24 to 64 bytes; it holds 65"],
  ])("refuses case %#, and says why without the secret", (text, message) => {
    expect(() => parseSecret(text)).toThrow(new InvalidSecretError(message));
    if (text.length > 10) expect(message).not.toContain(text.slice(6));
  });

  it("gives a key that does not print itself", () => {
    expect(inspect(parseSecret(secretOf(24)))).not.toContain("fb");
  });
});

describe("generateSecret", () => {
  it("makes 32 random bytes that parseSecret reads", () => {
    const secrets = Array.from({ length: 20 }, generateSecret);
    expect(new Set(secrets).size).toBe(20);
    for (const secret of secrets) {
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      expect(parseSecret(secret).symmetricKeySize).toBe(32);
    }
  });
});
