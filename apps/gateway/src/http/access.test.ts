import { describe, expect, it } from "vitest";
import { createAccess, isLoopbackHost, type AccessRules, type Caller } from "./access.ts";

const none: AccessRules = { tokens: [], cidrs: [], pathTokens: [], mtls: false, open: false };
const caller: Caller = { peerAddress: "127.0.0.1", url: "/x", authorization: undefined, host: "127.0.0.1:8080", origin: undefined };

function judge(rules: Partial<AccessRules>, call: Partial<Caller>): unknown {
  const verdict = createAccess({ ...none, ...rules })({ ...caller, ...call });
  return verdict.allowed ? verdict.url : verdict.status;
}

describe("access", () => {
  it.each<[string, Partial<AccessRules>, Partial<Caller>, unknown]>([
    ["an open listener lets this machine's processes in", {}, {}, "/x"],
    ["an open listener refuses a web page's post", {}, { origin: "https://evil.test" }, 403],
    ["an open listener refuses a sandboxed page", {}, { origin: "null" }, 403],
    ["an open listener refuses a name that was rebound to loopback", {}, { host: "evil.test:8080" }, 403],
    ["an open listener lets a local page in", {}, { origin: "http://localhost:3000", host: "[::1]:8080" }, "/x"],
    ["a listener that is dangerously open lets everyone in", { open: true }, { host: "evil.test" }, "/x"],
    ["a listener with client certificates lets in whoever TLS let in", { mtls: true }, { host: "gateway.test" }, "/x"],
    ["a known token", { tokens: ["aaaa", "bbbb"] }, { authorization: "Bearer bbbb" }, "/x"],
    ["the scheme in another case", { tokens: ["aaaa"] }, { authorization: "bearer aaaa" }, "/x"],
    ["an unknown token", { tokens: ["aaaa"] }, { authorization: "Bearer aaab" }, 401],
    ["a token's beginning", { tokens: ["aaaa"] }, { authorization: "Bearer aaa" }, 401],
    ["another scheme", { tokens: ["aaaa"] }, { authorization: "Basic aaaa" }, 401],
    ["an address in range", { cidrs: ["10.0.0.0/8"] }, { peerAddress: "::ffff:10.1.2.3" }, "/x"],
    ["an address out of range", { cidrs: ["10.0.0.0/8"] }, { peerAddress: "11.1.2.3" }, 403],
    ["an IPv6 address in range", { cidrs: ["fd00::/8"] }, { peerAddress: "fd12::1" }, "/x"],
    [
      "an address out of range with a token",
      { cidrs: ["10.0.0.0/8"], tokens: ["aaaa"] },
      { peerAddress: "11.1.2.3", authorization: "Bearer aaaa" },
      "/x",
    ],
    ["an address that is none", { cidrs: ["10.0.0.0/8"] }, { peerAddress: "" }, 403],
    [
      "a path token that is not known, even from an address in range",
      { cidrs: ["127.0.0.0/8"], pathTokens: ["tttt"] },
      { url: "/t/nope/x" },
      401,
    ],
  ])("%s", (_name, rules, call, expected) => {
    expect(judge(rules, call)).toBe(expected);
  });
});

describe("loopback", () => {
  it.each([
    ["127.0.0.1", true],
    ["127.9.9.9", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["localhost", true],
    ["0.0.0.0", false],
    ["10.0.0.1", false],
    ["localhost.evil.test", false],
  ])("%s: %s", (host, expected) => {
    expect(isLoopbackHost(host)).toBe(expected);
  });
});
