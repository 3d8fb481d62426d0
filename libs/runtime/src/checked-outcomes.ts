import { failed, IntegrationError, type IntegrationErrorCode, type Outcome } from "@tapio/integration-core";

export interface OutcomeCheck {
  /** How many outcomes there must be. */
  readonly count: number;
  /** Kind of the integration that answered. */
  readonly integration: string;
}

const codes: Readonly<Record<IntegrationErrorCode, true>> = {
  ...{ config_invalid: true, record_invalid: true, unavailable: true, timeout: true, throttled: true },
  ...{ access_denied: true, gone: true, canceled: true, internal: true },
};

/**
 * What an integration answered, as outcomes that can be relied on: one per record. Types do not bind an integration that runs, so what is no
 * outcome becomes `internal`: its own delivery is tried again, and nothing else is touched.
 */
export function checkedOutcomes(answer: unknown, { count, integration }: OutcomeCheck): readonly Outcome[] {
  const bug = (message: string): Outcome =>
    failed(new IntegrationError({ integration, operation: "deliver", code: "internal", message: `a bug of the integration: ${message}` }));
  if (!Array.isArray(answer) || answer.length !== count) {
    const gave = Array.isArray(answer) ? `${answer.length} outcomes` : shortly(answer);
    const outcome = bug(`it gave ${gave} for ${count} records; it must give one outcome per record`);
    return Array.from({ length: count }, () => outcome);
  }
  const each: readonly unknown[] = answer;
  // `find` and `Array.from` also visit the holes of a sparse array; `every` and `map` do not.
  if (each.findIndex((one) => !isOutcome(one)) < 0) return each as readonly Outcome[];
  return Array.from(each, (one) => (isOutcome(one) ? one : bug(`${shortly(one)} is no outcome`)));
}

function isOutcome(value: unknown): value is Outcome {
  if (!isObject(value)) return false;
  switch (value["kind"]) {
    case "delivered":
      return value["partial"] === undefined || isPartial(value["partial"]);
    case "skipped":
      return typeof value["reason"] === "string";
    case "failed":
      return isIntegrationError(value["error"]);
    default:
      return false;
  }
}

function isPartial(value: unknown): boolean {
  return isObject(value) && typeof value["rejected"] === "number" && typeof value["message"] === "string";
}

/** By shape, not by class: an integration may bring its own copy of the package. */
function isIntegrationError(value: unknown): boolean {
  if (!isObject(value) || value["name"] !== "IntegrationError" || typeof value["message"] !== "string") return false;
  const { code, retryAfterMs } = value;
  return typeof code === "string" && Object.hasOwn(codes, code) && (retryAfterMs === undefined || typeof retryAfterMs === "number");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function shortly(value: unknown): string {
  if (isObject(value)) return "kind" in value ? `an object of the kind ${String(value["kind"]).slice(0, 50)}` : "an object without a kind";
  return typeof value === "string" ? "a text" : String(value).slice(0, 50);
}
