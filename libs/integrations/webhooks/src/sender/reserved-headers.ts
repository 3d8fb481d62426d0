const reserved: ReadonlySet<string> = new Set([
  "host",
  "user-agent",
  "connection",
  "proxy-connection",
  "keep-alive",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "expect",
  "date",
]);
const reservedPrefixes = ["webhook-", "content-"];

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Why a configured header cannot be sent; undefined when it can. Never repeats the value, which may be a secret. */
export function headerProblem(name: string, value: string): string | undefined {
  if (!TOKEN.test(name)) return "is no header name";
  const lower = name.toLowerCase();
  if (reserved.has(lower) || reservedPrefixes.some((prefix) => lower.startsWith(prefix))) {
    return "is set by Tapio and cannot be configured; remove it";
  }
  if (!VALUE.test(value)) return "has a value with a line break or another character that no header can carry";
  return undefined;
}
