/**
 * What went wrong, as the runtime needs to know it. The code alone decides what happens next:
 *
 * | code | when | the runtime |
 * | --- | --- | --- |
 * | `config_invalid` | at start | refuses this destination |
 * | `record_invalid` | this record can never be accepted (400-like) | dead letter at once |
 * | `unavailable`, `timeout` | transient | tries again with backoff and jitter |
 * | `throttled` | 429-like | same, and slows down |
 * | `access_denied` | 401/403 | slow retry without end; health says that a person is needed |
 * | `gone` | the receiver wants no more (410-like) | disables the destination, visibly |
 * | `canceled` | shutting down | not an attempt |
 * | `internal` | a bug | bounded attempts, then dead letter |
 */
export type IntegrationErrorCode =
  "config_invalid" | "record_invalid" | "unavailable" | "timeout" | "throttled" | "access_denied" | "gone" | "canceled" | "internal";

export interface IntegrationErrorInit {
  /** The integration's name, e.g. `webhooks`. */
  readonly integration: string;
  /** What was being done, e.g. `POST https://example.com/hook`. Never holds a secret. */
  readonly operation: string;
  readonly code: IntegrationErrorCode;
  /** What went wrong and, where known, what to do. Never holds a secret. */
  readonly message: string;
  /** The least delay before the next attempt, in milliseconds, as the receiver asked for it. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The one error of all integrations. */
export class IntegrationError extends Error {
  override readonly name = "IntegrationError";
  readonly integration: string;
  readonly operation: string;
  readonly code: IntegrationErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(init: IntegrationErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.integration = init.integration;
    this.operation = init.operation;
    this.code = init.code;
    this.retryAfterMs = init.retryAfterMs;
  }

  /**
   * Gives back an IntegrationError as it is, and wraps anything else: a passed deadline (`TimeoutError`, also as the cause of an
   * `AbortError`, as Node reports it) as `timeout`, any other abort as `canceled`, and all the rest as `internal`, since an
   * integration that knows what went wrong says so itself. Never throws, whatever was thrown.
   */
  static from(reason: unknown, where: { integration: string; operation: string }): IntegrationError {
    if (reason instanceof IntegrationError) return reason;
    return new IntegrationError({ ...where, code: codeOf(reason), message: messageOf(reason), cause: reason });
  }
}

/** By name, not by class: a DOMException of another realm is no `instanceof Error` of this one. */
function isNamed(reason: unknown, name: string): boolean {
  return typeof reason === "object" && reason !== null && "name" in reason && reason.name === name;
}

function codeOf(reason: unknown): IntegrationErrorCode {
  if (isNamed(reason, "TimeoutError")) return "timeout";
  if (!isNamed(reason, "AbortError")) return "internal";
  return reason instanceof Error && isNamed(reason.cause, "TimeoutError") ? "timeout" : "canceled";
}

function messageOf(reason: unknown): string {
  if (reason instanceof Error && reason.message !== "") return reason.message;
  try {
    return String(reason);
  } catch {
    return "something without a text was thrown";
  }
}
