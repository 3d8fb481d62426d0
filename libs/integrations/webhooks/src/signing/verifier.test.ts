import { describe, expect, it } from "vitest";
import { referenceVector } from "../testdata/standard-webhooks-vector.ts";
import { createSigner } from "./signer.ts";
import { generateSecret, InvalidSecretError } from "./signing-secret.ts";
import { verifyWebhook } from "./verifier.ts";

const { secret, id, timestampSeconds, signature } = referenceVector;
const body = Buffer.from(referenceVector.body);
const now = timestampSeconds * 1000;
const headers = { "webhook-id": id, "webhook-timestamp": String(timestampSeconds), "webhook-signature": signature };
const other = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";

describe("verifyWebhook", () => {
  it("takes the reference libraries' vector", () => {
    expect(verifyWebhook({ headers, body, secrets: [secret], now })).toEqual({ ok: true, id, timestampSeconds });
  });

  it("finds headers in any case, and as node:http gives them", () => {
    const shouted = { "Webhook-Id": id, "WEBHOOK-TIMESTAMP": [String(timestampSeconds)], "webhook-signature": signature };
    expect(verifyWebhook({ headers: shouted, body, secrets: [secret], now }).ok).toBe(true);
  });

  it.each([
    ["first of several", `${signature} ${other}`],
    ["last of several", `${other} ${signature}`],
    ["beside versions that it does not know", `v1a,${signature.slice(3)} v2,${signature.slice(3)} ${signature} x`],
  ])("takes a matching signature %s", (_, list) => {
    expect(verifyWebhook({ headers: { ...headers, "webhook-signature": list }, body, secrets: [secret], now }).ok).toBe(true);
  });

  it("takes any of several secrets, in any order", () => {
    for (const secrets of [
      [secret, generateSecret()],
      [generateSecret(), secret],
    ]) {
      expect(verifyWebhook({ headers, body, secrets, now }).ok).toBe(true);
    }
  });

  it.each([
    ["another v1 signature", other],
    ["the right signature under an unknown version", `v1a,${signature.slice(3)}`],
    ["the right signature under an unknown version of the same length", `v2,${signature.slice(3)}`],
    ["no version", signature.slice(3)],
    ["a shortened signature", signature.slice(0, -4)],
    ["a longer signature", `${signature}AAAA`],
    ["an empty signature", "v1,"],
    ["the same bytes in another spelling", signature.replaceAll("+", "-").replaceAll("/", "_")],
    ["commas for spaces", `${other},${signature}`],
  ])("refuses %s", (_, list) => {
    const result = verifyWebhook({ headers: { ...headers, "webhook-signature": list }, body, secrets: [secret], now });
    expect(result).toMatchObject({ ok: false, reason: "no_matching_signature" });
  });

  it("refuses what was changed in body, id or timestamp", () => {
    const changed = [
      { headers, body: Buffer.from(referenceVector.body + " ") },
      { headers: { ...headers, "webhook-id": `${id}x` }, body },
      { headers: { ...headers, "webhook-timestamp": String(timestampSeconds + 1) }, body },
    ];
    for (const webhook of changed) {
      expect(verifyWebhook({ ...webhook, secrets: [secret], now })).toMatchObject({ reason: "no_matching_signature" });
    }
  });

  it.each(["webhook-id", "webhook-timestamp", "webhook-signature"])("says that %s is missing", (name) => {
    for (const value of [undefined, "", []]) {
      expect(verifyWebhook({ headers: { ...headers, [name]: value }, body, secrets: [secret], now })).toEqual({
        ok: false,
        reason: "missing_header",
        message: `the header ${name} is missing`,
      });
    }
  });

  it.each(["12.5", "0x10", "1e9", " 1614265330", "-1", "01614265330", "soon", "9".repeat(20)])(
    "refuses the timestamp %j as malformed",
    (text) => {
      expect(verifyWebhook({ headers: { ...headers, "webhook-timestamp": text }, body, secrets: [secret], now })).toMatchObject({
        reason: "malformed_header",
      });
    },
  );

  it("refuses an id with a full stop, which could hide a part of the body", () => {
    const split = { ...headers, "webhook-id": `${id}.1` };
    expect(verifyWebhook({ headers: split, body, secrets: [secret], now })).toMatchObject({ reason: "malformed_header" });
  });

  it("refuses a header that came twice", () => {
    const twice = { ...headers, "Webhook-Signature": undefined, "webhook-signature": [signature, signature] };
    expect(verifyWebhook({ headers: twice, body, secrets: [secret], now })).toMatchObject({ reason: "malformed_header" });
  });

  it.each([
    [300, undefined, true],
    [-300, undefined, true],
    [301, undefined, "timestamp_too_old"],
    [-301, undefined, "timestamp_too_new"],
    [10, 10, true],
    [11, 10, "timestamp_too_old"],
    [-11, 10, "timestamp_too_new"],
    [1, 0, "timestamp_too_old"],
  ])("an age of %i s with a tolerance of %s gives %s", (ageSeconds, toleranceSeconds, expected) => {
    const result = verifyWebhook({
      headers,
      body,
      secrets: [secret],
      now: now + ageSeconds * 1000,
      ...(toleranceSeconds === undefined ? {} : { toleranceSeconds }),
    });
    expect(result.ok ? true : result.reason).toBe(expected);
  });

  it("says nothing of the expected signature", () => {
    const result = verifyWebhook({ headers: { ...headers, "webhook-signature": other }, body, secrets: [secret], now });
    expect(JSON.stringify(result)).not.toContain(signature.slice(3));
  });

  it("throws for a secret that is none, and for none at all", () => {
    expect(() => verifyWebhook({ headers, body, secrets: ["nonsense"], now })).toThrow(InvalidSecretError);
    expect(() => verifyWebhook({ headers, body, secrets: [], now })).toThrow("at least one secret");
  });

  it("takes the second signature of a sender that rotates", () => {
    const fresh = generateSecret();
    const rotating = createSigner({ secrets: [fresh, secret] }).sign({ id, timestampSeconds, body });
    expect(verifyWebhook({ headers: { ...rotating }, body, secrets: [secret], now }).ok).toBe(true);
    expect(verifyWebhook({ headers: { ...rotating }, body, secrets: [fresh], now }).ok).toBe(true);
  });
});
