import type { LoadReport } from "../load/load-options.ts";
import type { TallyReport } from "../receivers/tally.ts";

/** What the benchmark's own processes tell the one that started them. */
export type ChildMessage =
  | { readonly kind: "ready"; readonly url: string }
  | { readonly kind: "report"; readonly report: LoadReport }
  | { readonly kind: "failed"; readonly message: string }
  /** How many records of the load have arrived so far, over all places. */
  | { readonly kind: "arrived"; readonly records: number }
  | { readonly kind: "received"; readonly reports: readonly TallyReport[] };

/** What a receiver is told: count the records of this load from now on; say what has arrived. */
export type ParentMessage = { readonly kind: "begin"; readonly prefix: string } | { readonly kind: "end" };
