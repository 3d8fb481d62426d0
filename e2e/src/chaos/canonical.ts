import { hash } from "node:crypto";

/** A short name for this JSON value, whatever the order of its keys. */
export function hashOfJson(value: unknown): string {
  return hash("sha1", JSON.stringify(value, sortKeys));
}

export function hashOfBytes(bytes: Uint8Array | string): string {
  return hash("sha1", bytes);
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
