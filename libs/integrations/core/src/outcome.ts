import type { IntegrationError } from "./integration-error.ts";

/** What became of one attempt to deliver one record. */
export type Outcome =
  | { readonly kind: "delivered"; readonly partial?: PartialDelivery }
  | { readonly kind: "skipped"; readonly reason: string }
  | { readonly kind: "failed"; readonly error: IntegrationError };

/** The receiver took the request but said that it dropped a part of it (e.g. OTLP partial success). Never retried. */
export interface PartialDelivery {
  /** How many items of the request were rejected. */
  readonly rejected: number;
  /** The receiver's own words. */
  readonly message: string;
}

const deliveredWhole: Outcome = Object.freeze({ kind: "delivered" });

/** The receiver took the record. */
export function delivered(partial?: PartialDelivery): Outcome {
  return partial === undefined ? deliveredWhole : { kind: "delivered", partial };
}

/** The integration has nothing to do for this record; `reason` is a short, bounded text for `explain`. */
export function skipped(reason: string): Outcome {
  return { kind: "skipped", reason };
}

/** The attempt failed; the error's code decides what happens next. */
export function failed(error: IntegrationError): Outcome {
  return { kind: "failed", error };
}
