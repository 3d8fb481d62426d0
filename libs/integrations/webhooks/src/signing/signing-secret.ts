import { createSecretKey, randomBytes, type KeyObject } from "node:crypto";

const PREFIX = "whsec_";
const BYTES_MIN = 24;
const BYTES_MAX = 64;
const GENERATED_BYTES = 32;

/** A text that is no signing secret. The message says what is wrong with it, and never repeats it. */
export class InvalidSecretError extends Error {
  override readonly name = "InvalidSecretError";
}

/** Makes a new signing secret: `whsec_` and the base64 of 32 random bytes. */
export function generateSecret(): string {
  return PREFIX + randomBytes(GENERATED_BYTES).toString("base64");
}

/**
 * Reads a signing secret as Standard Webhooks writes it: `whsec_` and the base64 of 24 to 64 bytes. Whitespace around it, as a secret
 * read from a file has, is left out.
 * @throws InvalidSecretError
 */
export function parseSecret(text: string): KeyObject {
  const secret = text.trim();
  if (secret === "") throw new InvalidSecretError("the secret is empty; `tapioctl webhook keygen` makes one");
  if (secret.startsWith("whsk_") || secret.startsWith("whpk_")) {
    throw new InvalidSecretError('the secret is an ed25519 key (v1a); only "whsec_" secrets (v1, HMAC-SHA256) are supported');
  }
  if (!secret.startsWith(PREFIX)) throw new InvalidSecretError('the secret must start with "whsec_"');
  const encoded = secret.slice(PREFIX.length);
  if (encoded.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) {
    throw new InvalidSecretError('what follows "whsec_" must be standard base64 with its padding');
  }
  const key = Buffer.from(encoded, "base64");
  if (key.length < BYTES_MIN || key.length > BYTES_MAX) {
    throw new InvalidSecretError(`the secret must hold ${BYTES_MIN} to ${BYTES_MAX} bytes; it holds ${key.length}`);
  }
  return createSecretKey(key);
}
