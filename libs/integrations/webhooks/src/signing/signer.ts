import { createHmacSha256 } from "./hmac-sha256.ts";
import { parseSecret } from "./signing-secret.ts";
import { isWebhookId, signatureOf, type WebhookHeaders } from "./signature.ts";

export interface SignerOptions {
  /** The secrets to sign with, the current one first; at least one. Each gives one signature. */
  readonly secrets: readonly string[];
}

export interface WebhookToSign {
  /** The same over all attempts; 1 to 256 printable ASCII characters without space and full stop. */
  readonly id: string;
  /** The attempt's time: whole seconds since 1970-01-01T00:00:00Z. */
  readonly timestampSeconds: number;
  /** Exactly the bytes that are sent, whatever they are. */
  readonly body: Uint8Array;
}

export interface Signer {
  /** @throws RangeError when the id or the timestamp cannot be signed. */
  sign(webhook: WebhookToSign): WebhookHeaders;
}

/**
 * Signs by Standard Webhooks 1.0.0 `v1`. Secrets are read once, here.
 * @throws InvalidSecretError
 */
export function createSigner(options: SignerOptions): Signer {
  const hmacs = options.secrets.map((secret) => createHmacSha256(parseSecret(secret)));
  if (hmacs.length === 0) throw new RangeError("a signer needs at least one secret");
  return {
    sign({ id, timestampSeconds, body }) {
      if (!isWebhookId(id)) {
        throw new RangeError("the id must be 1 to 256 printable ASCII characters without space and full stop");
      }
      if (!Number.isSafeInteger(timestampSeconds) || timestampSeconds < 0) {
        throw new RangeError("the timestamp must be whole seconds since 1970-01-01T00:00:00Z");
      }
      const timestamp = String(timestampSeconds);
      return {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": hmacs.map((hmac) => `v1,${signatureOf(hmac, id, timestamp, body)}`).join(" "),
      };
    },
  };
}
