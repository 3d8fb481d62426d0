import { delivered, failed, IntegrationError, type IntegrationErrorCode, type Outcome } from "@tapio/integration-core";
import type { BreakerPolicy } from "../src/breaker.ts";
import type { MachineEffect, MachineEvent } from "../src/machine/events.ts";
import type { RetryPolicy, WindowPolicy } from "../src/policy.ts";

export interface WorldConfig {
  readonly isBatching: boolean;
  readonly isOrdered: boolean;
  readonly window: WindowPolicy;
  readonly retry: RetryPolicy;
  readonly breaker: BreakerPolicy;
  readonly cursorPaceMs: number;
}

export interface NewRecord {
  readonly key: string | undefined;
  readonly isWanted: boolean;
  readonly isReadable: boolean;
  /** Sequences that are left out before it. */
  readonly gap: number;
}

export type Answer = IntegrationErrorCode | "delivered" | "skipped";

/** What happens around the machine, in the order of the steps. What is not possible at a moment does nothing. */
export type Step =
  | { readonly do: "append"; readonly records: readonly NewRecord[] }
  | { readonly do: "read"; readonly count: number }
  /** The attempt at this place among those in flight ends. */
  | { readonly do: "attempted"; readonly which: number; readonly answers: readonly Answer[] }
  | { readonly do: "fetched"; readonly which: number; readonly ok: boolean }
  /** `written`: it failed, and is found all the same. */
  | { readonly do: "commit"; readonly result: "ok" | "failed" | "written" | "lost" }
  | { readonly do: "time"; readonly ms: number }
  /** Time goes on to what the machine waits for. */
  | { readonly do: "wake" }
  | { readonly do: "hold"; readonly isHeld: boolean }
  | { readonly do: "drain" }
  | { readonly do: "halt" }
  /** An orderly stop, and a start. `cutOff`: what is in flight is not waited for. */
  | { readonly do: "restart"; readonly cutOff: boolean; readonly isWritten: boolean }
  | { readonly do: "crash" }
  | { readonly do: "replay"; readonly which: number };

/** An event or an effect in a line, for who follows a counterexample. */
export function brief(what: MachineEvent | MachineEffect): string {
  const of = (list: readonly { readonly sequence: number }[] | undefined): string => (list ?? []).map(({ sequence }) => sequence).join(" ");
  switch (what.kind) {
    case "attempt":
      return `attempt ${of(what.attempt.deliveries)}`;
    case "attempted":
      return `attempted ${of(what.attempt.deliveries)}: ${what.outcomes.map((one) => (one.kind === "failed" ? one.error.code : one.kind)).join(" ")}`;
    case "commit":
      return `commit ${what.change.cursor ?? "-"} put ${of(what.change.put)} remove ${(what.change.remove ?? []).join(" ")}`;
    case "read":
      return "records" in what ? `read ${of(what.records)}` : `read after ${what.after}`;
    case "fetch":
    case "rows_added":
      return `${what.kind} ${of(what.rows)}`;
    default:
      return what.kind;
  }
}

export function outcomeOf(answer: Answer): Outcome {
  if (answer === "delivered") return delivered();
  if (answer === "skipped") return { kind: "skipped", reason: "the integration passes it over" };
  const retryAfterMs = answer === "throttled" ? 3000 : undefined;
  return failed(
    new IntegrationError({ integration: "i", operation: "deliver", code: answer, message: `scripted ${answer}`, retryAfterMs }),
  );
}
