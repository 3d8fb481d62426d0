import { createHash, timingSafeEqual } from "node:crypto";
import { BlockList, isIP } from "node:net";

/** Who may call a listener; see tapio.gateway.v1.ListenerAuthConfig. */
export interface AccessRules {
  readonly tokens: readonly string[];
  readonly cidrs: readonly string[];
  readonly pathTokens: readonly string[];
  /** True: a client certificate was demanded and verified by TLS itself. */
  readonly mtls: boolean;
  /** True: whoever reaches the listener may call, on any address. */
  readonly open: boolean;
}

export interface Caller {
  readonly peerAddress: string;
  /** Path with its query. */
  readonly url: string;
  readonly authorization: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

export type Verdict =
  { readonly allowed: true; readonly url: string } | { readonly allowed: false; readonly status: 401 | 403; readonly message: string };

/** Decides who may call; the answer's `url` is the caller's without the path token. */
export function createAccess(rules: AccessRules): (caller: Caller) => Verdict {
  const tokens = rules.tokens.map(digest);
  const pathTokens = rules.pathTokens.map(digest);
  const ranges = blockListOf(rules.cidrs);
  const demanding = tokens.length > 0 || pathTokens.length > 0 || rules.cidrs.length > 0;

  return (caller) => {
    const path = pathTokens.length === 0 ? undefined : splitPathToken(caller.url);
    if (path !== undefined) {
      return matches(pathTokens, path.token) ? { allowed: true, url: path.rest } : denied("the token in the path is not known");
    }
    const pass: Verdict = { allowed: true, url: caller.url };
    if (!demanding) return rules.open || rules.mtls ? pass : localOnly(caller, pass);
    if (ranges !== undefined && inRanges(ranges, caller.peerAddress)) return pass;
    const bearer = /^Bearer +(\S+)$/i.exec(caller.authorization ?? "")?.[1];
    if (bearer !== undefined && matches(tokens, bearer)) return pass;
    if (tokens.length === 0 && pathTokens.length === 0) {
      return { allowed: false, status: 403, message: "this address is not among server.listeners[].auth.cidrs" };
    }
    return denied(bearer === undefined ? "send a token: Authorization: Bearer <token>" : "the bearer token is not known");
  };
}

/** True for a listener's host that only processes of this machine reach. */
export function isLoopbackHost(host: string): boolean {
  if (host === "localhost") return true;
  const plain = host.replace(/^::ffff:/i, "");
  return plain === "::1" || (isIP(plain) === 4 && plain.startsWith("127."));
}

/**
 * A listener without authentication trusts this machine's processes, but not the web pages that this machine's browsers show: refuses
 * their cross-origin posts and names that were rebound to loopback.
 */
function localOnly(caller: Caller, pass: Verdict): Verdict {
  const foreign = [caller.origin, caller.host === undefined ? undefined : `http://${caller.host}`].find(
    (value) => value !== undefined && value !== "null" && !isLocalOrigin(value),
  );
  if (foreign === undefined && caller.origin !== "null") return pass;
  return {
    allowed: false,
    status: 403,
    message: "calls from web pages are refused on a listener without authentication: set server.listeners[].auth.tokens",
  };
}

/** The last origin that was found local: most callers name the same one again and again, and parsing it costs more than all the rest. */
let knownLocal = "";

function isLocalOrigin(origin: string): boolean {
  if (origin === knownLocal) return true;
  const hostname = URL.parse(origin)?.hostname.replace(/^\[|\]$/g, "");
  const isLocal = hostname !== undefined && isLoopbackHost(hostname);
  if (isLocal) knownLocal = origin;
  return isLocal;
}

function splitPathToken(url: string): { token: string; rest: string } | undefined {
  const match = /^\/t\/([^/?#]+)(\/[^]*)$/.exec(url);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { token: match[1], rest: match[2] };
}

function denied(message: string): Verdict {
  return { allowed: false, status: 401, message };
}

/** Compares digests, so that neither a token's length nor its beginning shows in the time taken. */
function matches(known: readonly Buffer[], candidate: string): boolean {
  const hashed = digest(candidate);
  let found = false;
  for (const entry of known) if (timingSafeEqual(entry, hashed)) found = true;
  return found;
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

function blockListOf(cidrs: readonly string[]): BlockList | undefined {
  if (cidrs.length === 0) return undefined;
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = "", bits = ""] = cidr.split("/");
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? "ipv6" : "ipv4");
  }
  return list;
}

function inRanges(list: BlockList, address: string): boolean {
  const plain = address.replace(/^::ffff:/i, "");
  const version = isIP(plain);
  return version !== 0 && list.check(plain, version === 6 ? "ipv6" : "ipv4");
}
