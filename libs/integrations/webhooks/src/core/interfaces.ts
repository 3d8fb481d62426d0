import type { LookupFunction } from "node:net";
import type { Answer } from "./types.ts";

/** Resolves host names; `dns.lookup` fits. Its answers are checked before anything is dialled. */
export type Lookup = LookupFunction;

/** Whether an address may be dialled. */
export type AddressVerdict = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

/** Judges one IP address, in any notation; what cannot be read is refused. */
export type AddressPolicy = (address: string) => AddressVerdict;

/** What came of one post: the receiver's answer, or what broke the exchange (a network error, BlockedAddressError, why it was ended). */
export type PostResult = { readonly answer: Answer } | { readonly error: unknown };

/** Posts over HTTP. */
export interface Poster {
  /**
   * Posts once, on a connection of its own, follows no redirect, and reads the answer up to a cap. Callbacks instead of promises and signals,
   * which cost as much as the request does.
   * @param headers all of them, names and values in turn
   * @param done called once, when the connection is free again; it may post the next. Also before this returns, when nothing can be sent.
   * @returns ends the post with a reason, which becomes the error unless there is a result by then; the connection may be free later
   */
  post(headers: readonly string[], body: Uint8Array, done: (result: PostResult) => void): (reason: Error) => void;
  /** Connects as a post would, sends nothing, and says which address was reached. */
  probe(signal: AbortSignal): Promise<string>;
  /** Ends connections, those being opened included. */
  close(): Promise<void>;
}
