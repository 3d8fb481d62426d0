import { isIP, type LookupFunction } from "node:net";
import { buildConnector } from "undici";
import { BlockedAddressError } from "../core/errors.ts";
import type { AddressPolicy, Lookup } from "../core/interfaces.ts";

export interface GuardedConnectorOptions {
  readonly policy: AddressPolicy;
  readonly lookup: Lookup;
  /** Ends the connections that are being opened and those that are open. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** PEM of the authorities to trust instead of the system's. */
  readonly ca: string | undefined;
}

/**
 * Opens connections to addresses that the policy allows, and to no others. Literals are checked here, since no lookup is made for them;
 * names are checked after DNS, each address of the answer; and the address that was reached is checked once more.
 */
export function createGuardedConnector(options: GuardedConnectorOptions): buildConnector.connector {
  const { policy, signal } = options;
  const connect = buildConnector({
    timeout: options.timeoutMs,
    allowH2: false,
    lookup: guardLookup(options.lookup, policy),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    // Reaches the socket, which closes when it aborts; the type names TLS's options alone.
    ...({ signal } as object),
  });
  return (target, callback) => {
    const refused = isIP(target.hostname) === 0 ? undefined : refusalOf(policy, target.hostname);
    if (refused !== undefined) {
      queueMicrotask(() => {
        callback(refused, null);
      });
      return;
    }
    connect(target, (error, socket) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      const reached = socket;
      const blocked = refusalOf(policy, reached.remoteAddress ?? "a closed connection");
      if (blocked === undefined) {
        callback(null, reached);
        return;
      }
      reached.destroy();
      callback(blocked, null);
    });
  };
}

/** Passes on the addresses that may be dialled; fails when there are none. */
function guardLookup(lookup: Lookup, policy: AddressPolicy): LookupFunction {
  return (hostname, lookupOptions, callback) => {
    lookup(hostname, { ...lookupOptions, all: true }, (error, found, family) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const addresses = typeof found === "string" ? [{ address: found, family: family ?? isIP(found) }] : found;
      const verdicts = addresses.map(({ address }) => policy(address));
      const allowed = addresses.filter((_, index) => verdicts[index]?.allowed === true);
      const [first] = allowed;
      if (first === undefined) {
        const reasons = verdicts.flatMap((verdict) => (verdict.allowed ? [] : [verdict.reason]));
        callback(new BlockedAddressError(`${hostname} resolves to nothing that may be dialled: ${reasons.join("; ") || "no address"}`), []);
      } else if (lookupOptions.all === true) {
        callback(null, allowed);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

function refusalOf(policy: AddressPolicy, address: string): BlockedAddressError | undefined {
  const verdict = policy(address);
  return verdict.allowed ? undefined : new BlockedAddressError(verdict.reason);
}
