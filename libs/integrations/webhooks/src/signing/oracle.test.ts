import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { createSigner } from "./signer.ts";
import { verifyWebhook } from "./verifier.ts";

const secrets = fc.uint8Array({ minLength: 24, maxLength: 64 }).map((bytes) => `whsec_${Buffer.from(bytes).toString("base64")}`);
const ids = fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/);
const texts = fc.oneof(fc.string({ unit: "grapheme", maxLength: 300 }), fc.json());
/** The package compares with the machine's clock. */
const timestamps = fc.integer({ min: -250, max: 250 }).map((offset) => Math.floor(Date.now() / 1000) + offset);

describe("signing, beside the package standardwebhooks", () => {
  it("gives the same signature for any secret, id, time and text", () => {
    fc.assert(
      fc.property(secrets, ids, timestamps, texts, (secret, id, timestampSeconds, text) => {
        const ours = createSigner({ secrets: [secret] }).sign({ id, timestampSeconds, body: Buffer.from(text) });
        expect(ours["webhook-signature"]).toBe(new Webhook(secret).sign(id, new Date(timestampSeconds * 1000), text));
      }),
    );
  });

  it("is believed by the package, with any of the secrets", () => {
    fc.assert(
      fc.property(fc.array(secrets, { minLength: 1, maxLength: 4 }), ids, timestamps, fc.json(), (all, id, timestampSeconds, text) => {
        const headers = createSigner({ secrets: all }).sign({ id, timestampSeconds, body: Buffer.from(text) });
        for (const secret of all) expect(new Webhook(secret).verify(text, { ...headers })).toEqual(JSON.parse(text));
      }),
    );
  });

  it("believes what the package signed, and not what was changed after", () => {
    fc.assert(
      fc.property(secrets, ids, timestamps, texts, (secret, id, timestampSeconds, text) => {
        const headers = {
          "webhook-id": id,
          "webhook-timestamp": String(timestampSeconds),
          "webhook-signature": new Webhook(secret).sign(id, new Date(timestampSeconds * 1000), text),
        };
        const now = Date.now();
        expect(verifyWebhook({ headers, body: Buffer.from(text), secrets: [secret], now })).toEqual({ ok: true, id, timestampSeconds });
        expect(verifyWebhook({ headers, body: Buffer.from(`${text} `), secrets: [secret], now }).ok).toBe(false);
      }),
    );
  });

  it("believes itself for any bytes, and nothing with one bit changed", () => {
    fc.assert(
      fc.property(secrets, ids, fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), (secret, id, body, position) => {
        const headers = { ...createSigner({ secrets: [secret] }).sign({ id, timestampSeconds: 1000, body }) };
        expect(verifyWebhook({ headers, body, secrets: [secret], now: 1_000_000 }).ok).toBe(true);
        const changed = Uint8Array.from(body);
        const index = position % body.length;
        changed[index] = (changed[index] ?? 0) ^ (1 << (position % 8));
        expect(verifyWebhook({ headers, body: changed, secrets: [secret], now: 1_000_000 }).ok).toBe(false);
      }),
    );
  });
});
