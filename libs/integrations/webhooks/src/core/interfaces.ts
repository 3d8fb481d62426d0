import type { LookupFunction } from "node:net";
import type { Answer } from "./types.ts";

/** Resolves host names; `dns.lookup` fits. Its answers are checked before anything is dialled. */
export type Lookup = LookupFunction;

/** Whether an address may be dialled. */
export type AddressVerdict = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

/** Judges one IP address, in any notation; what cannot be read is refused. */
export type AddressPolicy = (address: string) => AddressVerdict;

/** Posts over HTTP. */
export interface Poster {
  /**
   * Posts once, follows no redirect, and reads the answer up to a cap.
   * @param headers names and values in turn
   * @throws whatever broke the exchange: an aborted `signal`'s reason, a network error, BlockedAddressError
   */
  post(headers: readonly string[], body: Uint8Array, signal: AbortSignal): Promise<Answer>;
  /** Connects as a post would, sends nothing, and says which address was reached. */
  probe(signal: AbortSignal): Promise<string>;
  /** Ends connections, those being opened included. */
  close(): Promise<void>;
}
