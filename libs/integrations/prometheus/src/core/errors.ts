import { IntegrationError, type IntegrationErrorCode } from "@tapio/integration-core";

export const integrationName = "prometheus";

/** An error of this integration; `message` says what went wrong and what to do. */
export function prometheusError(code: IntegrationErrorCode, operation: string, message: string, cause?: unknown): IntegrationError {
  return new IntegrationError({ integration: integrationName, operation, code, message, cause });
}

/** Why an aborted signal ends a call: at the attempt's deadline as `timeout`, else as `canceled`. */
export function abortCode(reason: unknown): "timeout" | "canceled" {
  return reason instanceof Error && reason.name === "TimeoutError" ? "timeout" : "canceled";
}
