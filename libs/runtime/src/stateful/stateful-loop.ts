import { backoffMs } from "../backoff.ts";
import { pause } from "../wake.ts";
import { applyFrom, commitDurably, type Suspicion } from "./apply.ts";
import type { StatefulScope } from "./stateful-scope.ts";

/**
 * Applies records in order, one batch at a time, and commits cursor and snapshot as one write. After any failure but `record_invalid` the
 * integration's state may hold half a batch: it is made anew from the committed snapshot, and what came since is applied again, one
 * record a batch until the place of the failure is passed.
 */
export async function runStatefulLoop(scope: StatefulScope): Promise<"halted" | "drained"> {
  let failures = 0;
  let suspicion: Suspicion | undefined;
  while (!scope.halt.aborted) {
    const from = scope.committed();
    const integration = await scope.open(from.state);
    if (integration === undefined) return "halted";
    scope.intake.restart(from.cursor);
    const ending = await applyFrom(scope, integration, suspicion, failures > 0);
    if (ending.kind === "stopped") return "halted";
    if (ending.kind === "drained") return "drained";
    await scope.close();
    if (scope.committed().cursor > from.cursor) {
      failures = 0;
      suspicion = undefined;
    }
    if (ending.kind === "given_up") {
      if (!(await commitDurably(scope, ending.change))) return "halted";
      scope.metrics.records("dead", ending.change.put?.length ?? 0);
      failures = 0;
      suspicion = undefined;
      continue;
    }
    failures += 1;
    if (ending.culprit && ending.code === "internal")
      suspicion = { attempts: (suspicion?.attempts ?? 0) + 1, firstAttemptAtMs: suspicion?.firstAttemptAtMs ?? scope.clock.now() };
    scope.onFailing({ code: ending.code, message: ending.message });
    await pause(scope.clock, Math.max(ending.delayMs, backoffMs(scope.retry, failures, scope.random())), scope.halt);
  }
  return "halted";
}
