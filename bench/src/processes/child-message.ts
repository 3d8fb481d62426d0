import type { LoadReport } from "../load/load-options.ts";

/** What the benchmark's own processes tell the one that started them. */
export type ChildMessage =
  | { readonly kind: "ready"; readonly url: string }
  | { readonly kind: "report"; readonly report: LoadReport }
  | { readonly kind: "failed"; readonly message: string };
