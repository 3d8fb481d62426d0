import { describe, expect, it } from "vitest";
import { createAddressPolicy, parseCidr } from "./address-policy.ts";

const publicOnly = createAddressPolicy({ allowedCidrs: [], loopbackOnly: false });
const everythingAllowed = createAddressPolicy({ allowedCidrs: ["0.0.0.0/0", "::/0"], loopbackOnly: false });

describe("an address policy that allows nothing beside the public internet", () => {
  it.each(["8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::200e", "::ffff:8.8.8.8"])(
    "allows %s",
    (address) => {
      expect(publicOnly(address)).toEqual({ allowed: true });
    },
  );

  it.each([
    "127.0.0.1",
    "127.255.255.254",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "::ffff:192.168.1.1",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "fd00::1",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "100::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "4000::1",
    "64:ff9b::808:808",
  ])("refuses %s, and names the way out", (address) => {
    const verdict = publicOnly(address);
    expect(verdict.allowed ? "" : verdict.reason).toMatch(/is not on the public internet \(.+\); add its range to allowed_cidrs/);
  });

  it.each(["", "example.com", "1.2.3.4.5", "1.2.3.256", "[::1]", "::1::", "a closed connection"])("refuses %j as no address", (text) => {
    expect(publicOnly(text)).toEqual({ allowed: false, reason: `${text} is no IP address` });
  });
});

describe("an address policy that allows everything", () => {
  it.each(["10.0.0.1", "127.0.0.1", "::1", "fd00::1", "100.64.0.1", "64:ff9b::808:808", "64:ff9b::a00:1"])("allows %s", (address) => {
    expect(everythingAllowed(address)).toEqual({ allowed: true });
  });

  it.each([
    "169.254.169.254",
    "169.254.0.1",
    "0xa9fea9fe",
    "2852039166",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fd00:42::42",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
  ])("still refuses the link-local or metadata address %s", (address) => {
    expect(everythingAllowed(address)).toEqual({
      allowed: false,
      reason: `${address} is a link-local or metadata address, which is never dialled`,
    });
  });

  it.each([
    "2002:a9fe:a9fe::1",
    "2002:808:808::1",
    "64:ff9b:1::a9fe:a9fe",
    "::ffff:0:a9fe:a9fe",
    "2001:0:a9fe:a9fe::",
    "::a9fe:a9fe",
    "::7f00:1",
    "::",
  ])("still refuses %s, which carries an IPv4 address", (address) => {
    expect(everythingAllowed(address)).toEqual({
      allowed: false,
      reason: `${address} is an IPv4 address in disguise, which is never dialled`,
    });
  });

  it("still refuses 0.0.0.0", () => {
    expect(everythingAllowed("0.0.0.0").allowed).toBe(false);
  });
});

describe("allowed ranges", () => {
  const policy = createAddressPolicy({ allowedCidrs: ["10.1.0.0/16", "fd12::/16", "::ffff:192.168.7.0/120"], loopbackOnly: false });

  it.each([
    ["10.1.255.255", true],
    ["::ffff:10.1.0.1", true],
    ["10.2.0.0", false],
    ["fd12::1", true],
    ["fd13::1", false],
    ["192.168.7.9", true],
    ["192.168.8.9", false],
    ["8.8.8.8", true],
  ])("%s: %s", (address, allowed) => {
    expect(policy(address).allowed).toBe(allowed);
  });

  it("judge what NAT64 carries as well", () => {
    const nat64 = createAddressPolicy({ allowedCidrs: ["64:ff9b::/96"], loopbackOnly: false });
    expect(nat64("64:ff9b::808:808").allowed).toBe(true);
    expect(nat64("64:ff9b::a00:1").allowed).toBe(false);
  });

  it.each(["10.0.0.0", "10.0.0.0/33", "hook.example/8", ""])("must be ranges, unlike %j", (text) => {
    expect(() => parseCidr(text)).toThrow();
  });
});

describe("a policy for http:// to loopback", () => {
  const policy = createAddressPolicy({ allowedCidrs: ["127.0.0.0/8", "::1/128", "10.0.0.0/8"], loopbackOnly: true });

  it.each([
    ["127.0.0.1", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["10.0.0.1", false],
    ["8.8.8.8", false],
  ])("%s: %s", (address, allowed) => {
    expect(policy(address).allowed).toBe(allowed);
  });

  it("still asks for the range", () => {
    expect(createAddressPolicy({ allowedCidrs: [], loopbackOnly: true })("127.0.0.1").allowed).toBe(false);
  });
});
