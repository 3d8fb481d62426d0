import type { Clock } from "@tapio/integration-core";
import { afterAttempt, afterProbe, closedBreaker, permit, probing, type Breaker, type BreakerPolicy, type Finding } from "./breaker.ts";
import { createWake } from "./wake.ts";

/** Lets the attempts of one destination through: all, one at a time as a probe, or none. */
export interface Gate {
  readonly breaker: Breaker;
  /** Waits until an attempt may begin. Who gets `probe` tries one delivery and must `report` it. `stopped`: the signal aborted. */
  enter(signal: AbortSignal): Promise<"go" | "probe" | "stopped">;
  report(entry: "go" | "probe", finding: Finding): void;
  /** Nothing passes while it is held, e.g. because the journal takes no commits. */
  hold(held: boolean): void;
}

export interface GateOptions {
  readonly clock: Clock;
  readonly policy: BreakerPolicy;
  random(): number;
  /** Called when the breaker's state word changes. */
  onChange(from: Breaker, to: Breaker): void;
}

export function createGate(options: GateOptions): Gate {
  const { clock, policy } = options;
  const wake = createWake(clock);
  let breaker: Breaker = closedBreaker;
  let held = false;

  function become(next: Breaker): void {
    if (next === breaker) return;
    const before = breaker;
    breaker = next;
    if (before.state === next.state) return;
    options.onChange(before, next);
    wake.wake();
  }

  return {
    get breaker() {
      return breaker;
    },
    async enter(signal) {
      while (!signal.aborted) {
        const { version } = wake;
        const now = permit(breaker, clock.now());
        if (!held && now.kind === "go") return "go";
        if (!held && now.kind === "probe") {
          become(probing(breaker));
          return "probe";
        }
        await wake.wait(version, signal, !held && now.kind === "wait" ? now.untilMs : undefined);
      }
      return "stopped";
    },
    report(entry, finding) {
      const judge = entry === "probe" ? afterProbe : afterAttempt;
      become(judge(breaker, finding, policy, clock.now(), options.random()));
    },
    hold(value) {
      held = value;
      wake.wake();
    },
  };
}
