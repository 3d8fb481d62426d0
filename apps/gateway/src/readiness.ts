import type { Pressure } from "@tapio/ingest";
import type { HealthStatus } from "@tapio/integration-core";
import type { JournalCondition } from "@tapio/journal";

/** Where the gateway is in its life. */
export type Stage = "starting" | "open" | "stopping";

export interface Readiness {
  readonly ready: boolean;
  /** Why nothing is taken; empty while records are. */
  readonly reason: string;
}

/** What decides whether records can be taken. */
export interface ReadinessParts {
  stage(): Stage;
  condition(): JournalCondition;
  /** Whether the last group was written, a little while ago. */
  admission(): HealthStatus;
  pressure(): Pressure | undefined;
}

/** Whether to send records here, and if not, why: what lasts longest first. */
export function readinessOf(parts: ReadinessParts): Readiness {
  const reason = reasonOf(parts);
  return { ready: reason === "", reason };
}

function reasonOf({ stage, condition, admission, pressure }: ReadinessParts): string {
  if (stage() !== "open") return `the gateway is ${stage()}`;
  const { state, message } = condition();
  // `full` ends with a write that succeeds, which somebody has to try: admission alone says for how long nobody should.
  if (state !== "ok" && state !== "full") return `the journal takes nothing (${state}): ${message}`;
  const { healthy, message: failure } = admission();
  if (!healthy) return `the journal cannot be written: ${failure}`;
  return pressure()?.message ?? "";
}
