import type { HmacSha256 } from "./hmac-sha256.ts";

/** The three headers of Standard Webhooks 1.0.0. */
export interface WebhookHeaders {
  readonly "webhook-id": string;
  /** Seconds since 1970-01-01T00:00:00Z, as decimal digits. */
  readonly "webhook-timestamp": string;
  /** `v1,<base64>`, one per secret, with a space between. */
  readonly "webhook-signature": string;
}

/**
 * Printable ASCII without space and full stop: what goes unchanged through an HTTP header, and cannot be taken for the rest of the signed
 * content, which is `id.timestamp.body`.
 */
export function isWebhookId(id: string): boolean {
  return /^[!-\-/-~]{1,256}$/.test(id);
}

/** The base64 of HMAC-SHA256 over `id.timestamp.body`, the body's bytes as they are. */
export function signatureOf(hmac: HmacSha256, id: string, timestamp: string, body: Uint8Array): string {
  return hmac(`${id}.${timestamp}.`, body);
}
