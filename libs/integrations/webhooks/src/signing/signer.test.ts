import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { referenceVector } from "../testdata/standard-webhooks-vector.ts";
import { createSigner } from "./signer.ts";
import { generateSecret } from "./signing-secret.ts";

const { secret, id, timestampSeconds } = referenceVector;
const body = Buffer.from(referenceVector.body);

describe("createSigner", () => {
  it("gives the signature of the reference libraries' vector", () => {
    expect(createSigner({ secrets: [secret] }).sign({ id, timestampSeconds, body })).toEqual({
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  it("signs with every secret, the first one first", () => {
    const headers = createSigner({ secrets: [secret, generateSecret()] }).sign({ id, timestampSeconds, body });
    const [first, second, ...rest] = headers["webhook-signature"].split(" ");
    expect(first).toBe(referenceVector.signature);
    expect(second).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
    expect(second).not.toBe(first);
    expect(rest).toEqual([]);
  });

  it("signs the bytes as they are, also where they are no UTF-8", () => {
    const bytes = Uint8Array.of(0xff, 0x00, 0xc3, 0x28, 0xed, 0xa0, 0x80);
    const expected = createHmac("sha256", Buffer.from(secret.slice(6), "base64"))
      .update(Buffer.concat([Buffer.from(`${id}.${timestampSeconds}.`), bytes]))
      .digest("base64");
    expect(createSigner({ secrets: [secret] }).sign({ id, timestampSeconds, body: bytes })["webhook-signature"]).toBe(`v1,${expected}`);
  });

  it("signs the slice that it is given, and not the buffer behind it", () => {
    const padded = Buffer.concat([Buffer.from("xxx"), body, Buffer.from("yyy")]).subarray(3, 3 + body.length);
    const headers = createSigner({ secrets: [secret] }).sign({ id, timestampSeconds, body: padded });
    expect(headers["webhook-signature"]).toBe(referenceVector.signature);
  });

  it.each(["", "a.b", "a b", "a\nb", "é", "x".repeat(257)])("refuses the id %j", (wrong) => {
    expect(() => createSigner({ secrets: [secret] }).sign({ id: wrong, timestampSeconds, body })).toThrow(/^the id must be/);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])("refuses the timestamp %d", (wrong) => {
    expect(() => createSigner({ secrets: [secret] }).sign({ id, timestampSeconds: wrong, body })).toThrow(/^the timestamp must be/);
  });

  it("needs a secret", () => {
    expect(() => createSigner({ secrets: [] })).toThrow("at least one secret");
  });
});
