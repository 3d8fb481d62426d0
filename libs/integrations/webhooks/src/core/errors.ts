import { IntegrationError, type IntegrationErrorCode } from "@tapio/integration-core";

export const INTEGRATION_NAME = "webhooks";

/** The receiver's address may not be dialled. */
export class BlockedAddressError extends Error {
  override readonly name = "BlockedAddressError";
}

/** The attempt took longer than the config's `timeout`. */
export class AttemptTimeoutError extends Error {
  override readonly name = "AttemptTimeoutError";
}

const codeByStatus: Readonly<Record<number, IntegrationErrorCode>> = {
  401: "access_denied",
  402: "access_denied",
  403: "access_denied",
  407: "access_denied",
  410: "gone",
  413: "record_invalid",
  422: "record_invalid",
  429: "throttled",
  502: "throttled",
  504: "throttled",
};

/**
 * What an HTTP status means for the record. Only 2xx is success (Standard Webhooks 1.0.0, "Delivery success and failure"). Statuses that
 * judge this very body are `record_invalid`; those that a person has to sort out with the receiver's owner are `access_denied`; all others
 * are tried again. 400 may mean the record, but as often a signature that is not believed or a url that leads to something else: it judges
 * the record only where the receiver `takesOthers`, so that a wrong secret does not make dead letters of a whole backlog.
 */
export function judgeStatus(status: number, takesOthers: boolean): "delivered" | IntegrationErrorCode {
  if (status >= 200 && status <= 299) return "delivered";
  if (status === 400) return takesOthers ? "record_invalid" : "unavailable";
  return codeByStatus[status] ?? "unavailable";
}

const hintByCode: Readonly<Partial<Record<IntegrationErrorCode, string>>> = {
  record_invalid: "the receiver refuses this record",
  access_denied: "check the secret, the headers and the receiver's access rules",
  gone: "the receiver wants no more webhooks",
  throttled: "the receiver asks for fewer requests",
};

/** One sentence on an answer that was not 2xx. */
export function describeStatus(status: number, code: IntegrationErrorCode, location: string | undefined): string {
  if (status >= 300 && status <= 399) {
    const target = location === undefined ? "" : ` to ${location}`;
    return `answered ${status}, a redirect${target}: redirects are not followed; set url to where the receiver is`;
  }
  if (status === 404 || status === 405) return `answered ${status}: check the path of url`;
  if (status === 400 && code === "unavailable") {
    return "answered 400 without taking other records: check url and secret, since many receivers answer so to a signature they do not believe";
  }
  const hint = hintByCode[code];
  return hint === undefined ? `answered ${status}` : `answered ${status}: ${hint}`;
}

/** Codes of Node and undici for what they cannot make sense of: a bug on this side. */
const usageError = /^(UND_ERR_INVALID_|UND_ERR_NOT_SUPPORTED|ERR_INVALID_|ERR_ASSERTION)/;

/** What broke an exchange before it had an answer. */
export function judgeFailure(reason: unknown): IntegrationErrorCode {
  if (reason instanceof BlockedAddressError) return "access_denied";
  if (reason instanceof AttemptTimeoutError) return "timeout";
  if (!(reason instanceof Error)) return "internal";
  if (reason.name === "TimeoutError") return "timeout";
  if (reason.name === "AbortError") return "canceled";
  // An answer that is no HTTP; undici gives these no code of their own in all cases.
  if (reason.name === "HTTPParserError") return "unavailable";
  const code = codeOf(reason);
  if (code === undefined || usageError.test(code)) return "internal";
  return code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT" ? "timeout" : "unavailable";
}

/** One sentence on it. */
export function describeFailure(reason: unknown): string {
  if (!(reason instanceof Error)) return String(reason);
  const code = codeOf(reason);
  const messages = reason instanceof AggregateError ? reason.errors.map((each) => (each as Error).message).join("; ") : reason.message;
  const text = messages === "" ? reason.name : messages;
  return code === undefined || text.includes(code) ? text : `${text} (${code})`;
}

/** What stops a destination before it starts; `message` begins with the config's field. */
export function configInvalid(message: string, cause?: unknown): IntegrationError {
  return new IntegrationError({ integration: INTEGRATION_NAME, operation: "initialize", code: "config_invalid", message, cause });
}

function codeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
