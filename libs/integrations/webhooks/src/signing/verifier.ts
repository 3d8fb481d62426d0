import { timingSafeEqual } from "node:crypto";
import type { RequestHeaders } from "../core/types.ts";
import { createHmacSha256, type HmacSha256 } from "./hmac-sha256.ts";
import { parseSecret } from "./signing-secret.ts";
import { isWebhookId, signatureOf } from "./signature.ts";

/** By how much the sender's clock may differ, in seconds, unless told otherwise. */
export const DEFAULT_TOLERANCE_SECONDS = 300;

/** Why a webhook is not believed. */
export type VerifyFailure = "missing_header" | "malformed_header" | "timestamp_too_old" | "timestamp_too_new" | "no_matching_signature";

export type VerifyResult =
  | { readonly ok: true; readonly id: string; readonly timestampSeconds: number }
  | {
      readonly ok: false;
      readonly reason: VerifyFailure;
      /** One sentence for a person: what is wrong and what to look at. Holds no secret and no expected signature. */
      readonly message: string;
    };

export interface VerifierOptions {
  /** The secrets of which one must have signed; at least one. */
  readonly secrets: readonly string[];
  /** By how much the timestamp may lie in the past or in the future, in seconds. Default 300. */
  readonly toleranceSeconds?: number;
}

export interface WebhookToVerify {
  /** Names in any case. */
  readonly headers: RequestHeaders;
  /** Exactly the bytes that came, before any parsing. */
  readonly body: Uint8Array;
  /** The time to compare with: milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
}

export interface Verifier {
  verify(webhook: WebhookToVerify): VerifyResult;
}

/**
 * Verifies Standard Webhooks 1.0.0 `v1` signatures. Any secret may match any signature; other versions (`v1a`) are passed over.
 * @throws InvalidSecretError
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const hmacs = options.secrets.map((secret) => createHmacSha256(parseSecret(secret)));
  if (hmacs.length === 0) throw new RangeError("a verifier needs at least one secret");
  const toleranceSeconds = options.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS;
  return {
    verify({ headers, body, now }) {
      const read = readHeaders(headers);
      if ("ok" in read) return read;
      const timestampSeconds = Number(read.timestamp);
      const ageSeconds = Math.floor(now / 1000) - timestampSeconds;
      if (ageSeconds > toleranceSeconds) {
        return refusal("timestamp_too_old", `the timestamp is ${ageSeconds} s old; at most ${toleranceSeconds} s are allowed`);
      }
      if (-ageSeconds > toleranceSeconds) {
        return refusal("timestamp_too_new", `the timestamp is ${-ageSeconds} s ahead; at most ${toleranceSeconds} s are allowed`);
      }
      if (!anyMatches(hmacs, read, body)) {
        return refusal("no_matching_signature", "no v1 signature matches; compare the secrets, and that the body is unchanged");
      }
      return { ok: true, id: read.id, timestampSeconds };
    },
  };
}

/**
 * Verifies one webhook; for many, `createVerifier` reads the secrets once.
 * @throws InvalidSecretError
 */
export function verifyWebhook(options: VerifierOptions & WebhookToVerify): VerifyResult {
  return createVerifier(options).verify(options);
}

interface SignedHeaders {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
}

function readHeaders(headers: RequestHeaders): SignedHeaders | (VerifyResult & { ok: false }) {
  const found: Record<string, string> = {};
  for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"]) {
    const values = valuesOf(headers, name);
    const value = values[0];
    if (value === undefined || value === "") return refusal("missing_header", `the header ${name} is missing`);
    if (values.length > 1) return refusal("malformed_header", `the header ${name} came ${values.length} times`);
    found[name] = value;
  }
  const { "webhook-id": id = "", "webhook-timestamp": timestamp = "", "webhook-signature": signature = "" } = found;
  if (!isWebhookId(id)) {
    return refusal("malformed_header", "webhook-id must be 1 to 256 printable ASCII characters without space and full stop");
  }
  if (!/^(0|[1-9][0-9]{0,14})$/.test(timestamp)) {
    return refusal("malformed_header", "webhook-timestamp must be whole seconds since 1970, in decimal digits");
  }
  return { id, timestamp, signature };
}

function valuesOf(headers: RequestHeaders, name: string): readonly string[] {
  const direct = headers[name];
  if (direct !== undefined) return typeof direct === "string" ? [direct] : direct;
  return Object.entries(headers)
    .filter(([key]) => key.toLowerCase() === name)
    .flatMap(([, value]) => value ?? []);
}

/** Compares every signature with every secret's, so that the time taken tells nothing of which one matched, or where. */
function anyMatches(hmacs: readonly HmacSha256[], headers: SignedHeaders, body: Uint8Array): boolean {
  const given = headers.signature
    .split(" ")
    .filter((part) => part.startsWith("v1,"))
    .map((part) => Buffer.from(part.slice("v1,".length), "latin1"));
  let matches = false;
  for (const hmac of hmacs) {
    const expected = Buffer.from(signatureOf(hmac, headers.id, headers.timestamp, body), "latin1");
    for (const signature of given) {
      if (signature.length === expected.length && timingSafeEqual(signature, expected)) matches = true;
    }
  }
  return matches;
}

function refusal(reason: VerifyFailure, message: string): VerifyResult & { ok: false } {
  return { ok: false, reason, message };
}
