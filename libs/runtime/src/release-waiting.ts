import type { DeliveryRow } from "@tapio/journal";
import { retryAfterMaxMs } from "./backoff.ts";
import type { DeliveryScope } from "./delivery-scope.ts";
import type { RetryPolicy } from "./policy.ts";

const pageRows = 500;

/** No delay that a policy or a receiver asks for is longer: a row that is due later was written while the clock was wrong. */
export function longestDelayMs(retry: Pick<RetryPolicy, "maxDelayMs">): number {
  return Math.max(retry.maxDelayMs, retryAfterMaxMs) * 1.1;
}

/** Makes the waiting rows that `picks` chooses due at once, durably. */
export async function releaseWaiting(
  { clock, log, settlement }: Pick<DeliveryScope, "clock" | "log" | "settlement">,
  picks: (row: DeliveryRow) => boolean,
): Promise<void> {
  let after = 0;
  for (;;) {
    const rows = await log.rows({ state: "waiting", after, limit: pageRows });
    const last = rows.at(-1);
    if (last === undefined) break;
    for (const row of rows) if (picks(row)) settlement.put({ ...row, dueAtMs: clock.now() });
    await settlement.flushed();
    after = last.sequence;
  }
}
