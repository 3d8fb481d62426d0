import type { RawResponse } from "../core/types.ts";

/** A JSON answer; without a value, an empty one. */
export function respond(status: number, value?: object, headers: Readonly<Record<string, string>> = {}): RawResponse {
  if (value === undefined) return { status, headers, body: new Uint8Array() };
  return {
    status,
    headers: { ...headers, "content-type": "application/json" },
    body: new TextEncoder().encode(`${JSON.stringify(value)}\n`),
  };
}
