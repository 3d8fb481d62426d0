import type { IntegrationError, PartialDelivery } from "@tapio/integration-core";
import type { HttpAnswer } from "./types.ts";

/** Carries one request body to the receiver; retries nothing, follows no redirect. */
export interface OtlpTransport {
  /** @throws whatever the network or the signal gives. */
  post(body: Uint8Array, signal: AbortSignal): Promise<HttpAnswer>;
  /** Ends what is in flight. */
  close(): Promise<void>;
}

/** What the receiver made of one request. */
export type ExportResult =
  | { readonly kind: "accepted"; readonly partial?: PartialDelivery; readonly warning?: string }
  /** It will not have the request as it is; another one, with other or with fewer spans, it may. */
  | { readonly kind: "refused"; readonly error: IntegrationError }
  /** Nothing is known of the records; `error` says what to do. */
  | { readonly kind: "failed"; readonly error: IntegrationError };
