import type { Outcome, PartialDelivery } from "@tapio/integration-core";
import { areAllDelivered } from "./all-delivered.ts";

/** A receiver took a request but for a part of it, and did not say which. */
export interface PartialRejection {
  readonly rejected: number;
  /** Records of the request. */
  readonly records: number;
  /** The receiver's own words. */
  readonly message: string;
}

const none: ReadonlyMap<number, PartialRejection> = new Map();

function isPartial(outcome: Outcome): outcome is Outcome & { readonly partial: PartialDelivery } {
  return outcome.kind === "delivered" && outcome.partial !== undefined && outcome.partial.rejected > 0;
}

/**
 * What receivers rejected of the requests that one attempt made, each once: at the index of its first record. The outcomes of all records of one request
 * hold one and the same `partial` object.
 */
export function partialRejections(outcomes: readonly Outcome[]): ReadonlyMap<number, PartialRejection> {
  if (areAllDelivered(outcomes) || !outcomes.some(isPartial)) return none;
  const requests = new Map<PartialDelivery, { readonly first: number; records: number }>();
  for (const [index, outcome] of outcomes.entries()) {
    if (!isPartial(outcome)) continue;
    const request = requests.get(outcome.partial);
    if (request === undefined) requests.set(outcome.partial, { first: index, records: 1 });
    else request.records += 1;
  }
  const found = [...requests].map(([{ rejected, message }, { first, records }]) => [first, { rejected, records, message }] as const);
  return new Map(found);
}
