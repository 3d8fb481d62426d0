import ipaddr from "ipaddr.js";
import type { AddressPolicy, AddressVerdict } from "../core/interfaces.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Cidr = readonly [Address, number];

export interface AddressPolicyOptions {
  /** Ranges outside the public internet that may be dialled, e.g. `10.0.0.0/8`. */
  readonly allowedCidrs: readonly string[];
  /** Whether only loopback may be dialled, for http:// without `dangerously_allow_http`. */
  readonly loopbackOnly: boolean;
}

const METADATA = "is a link-local or metadata address, which is never dialled";
const TRANSITION = "is an IPv4 address in disguise, which is never dialled";

/** Never dialled, whatever is allowed. */
const neverDialled: readonly (readonly [Cidr, string])[] = [
  [parseCidr("169.254.0.0/16"), METADATA],
  [parseCidr("fe80::/10"), METADATA],
  [parseCidr("fd00:ec2::/32"), METADATA], // AWS
  [parseCidr("fd20:ce::254/128"), METADATA], // Google Cloud
  [parseCidr("fd00:42::42/128"), METADATA], // Scaleway
  [parseCidr("168.63.129.16/32"), METADATA], // Azure, in the middle of public space
  [parseCidr("100.100.100.200/32"), METADATA], // Alibaba Cloud
  [parseCidr("192.0.0.192/32"), METADATA], // Oracle Cloud
  [parseCidr("0.0.0.0/8"), "is no address of a host"],
  [parseCidr("64:ff9b:1::/48"), TRANSITION], // RFC 8215
  [parseCidr("::ffff:0:0:0/96"), TRANSITION], // RFC 6145
  [parseCidr("2002::/16"), TRANSITION], // 6to4, RFC 3056
  [parseCidr("2001::/32"), TRANSITION], // Teredo, RFC 4380
];
/** RFC 4291: `::`, `::1` and the IPv4-compatible addresses. */
const lowestIpv6 = parseCidr("::/96");
/** RFC 6052. What it carries is judged as the IPv4 address that it is. */
const nat64 = parseCidr("64:ff9b::/96");
/** The only part of IPv6 from which global unicast addresses are given out (RFC 4291). */
const globalIpv6 = parseCidr("2000::/3");

/**
 * Reads an address range; one of IPv4-mapped addresses is read as that of IPv4.
 * @throws Error when it is none
 */
export function parseCidr(text: string): Cidr {
  const [address, bits] = ipaddr.parseCIDR(text);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= 96) return [address.toIPv4Address(), bits - 96];
  return [address, bits];
}

/** Which addresses may be dialled: public unicast, and what `allowedCidrs` has; never link-local and metadata addresses. */
export function createAddressPolicy(options: AddressPolicyOptions): AddressPolicy {
  const allowed = options.allowedCidrs.map(parseCidr);
  return (text) => {
    const address = parseAddress(text);
    if (address === undefined) return refusal(text, "is no IP address");
    if (options.loopbackOnly && address.range() !== "loopback") {
      return refusal(text, "is not loopback, and http:// is allowed to loopback only; use https:// or dangerously_allow_http");
    }
    return judge(address, allowed, text);
  };
}

function judge(address: Address, allowed: readonly Cidr[], text: string): AddressVerdict {
  const never = neverDialled.find(([cidr]) => contains(cidr, address));
  if (never !== undefined) return refusal(text, never[1]);
  if (contains(lowestIpv6, address) && address.range() !== "loopback") return refusal(text, TRANSITION);
  if (contains(nat64, address)) {
    const carried = judge(new ipaddr.IPv4(address.toByteArray().slice(12)), allowed, text);
    if (!carried.allowed) return carried;
  }
  if (allowed.some((cidr) => contains(cidr, address)) || isPublic(address)) return { allowed: true };
  return refusal(text, `is not on the public internet (${address.range()}); add its range to allowed_cidrs if it is meant`);
}

function isPublic(address: Address): boolean {
  return address.range() === "unicast" && (address.kind() === "ipv4" || contains(globalIpv6, address));
}

function contains(cidr: Cidr, address: Address): boolean {
  const [network, bits] = cidr;
  return network.kind() === address.kind() && address.match(network, bits);
}

function parseAddress(text: string): Address | undefined {
  try {
    return ipaddr.process(text);
  } catch {
    return undefined;
  }
}

function refusal(text: string, reason: string): AddressVerdict {
  return { allowed: false, reason: `${text} ${reason}` };
}
