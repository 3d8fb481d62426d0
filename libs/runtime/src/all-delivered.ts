import type { Outcome } from "@tapio/integration-core";

/** Whether every record was delivered and there is nothing to add, as is so for nearly every attempt: then nobody needs to look for anything else. */
export function areAllDelivered(outcomes: readonly Outcome[]): boolean {
  for (const outcome of outcomes) if (outcome.kind !== "delivered" || outcome.partial !== undefined) return false;
  return outcomes.length > 0;
}
