import type { FaultMode } from "./chaos-plan.ts";
import { seededRandom } from "./seeded-random.ts";

/** What a receiver does with one request. */
export type Fault =
  | { readonly kind: "accept"; readonly afterMs: number }
  /** Answered with this status, and not taken. */
  | { readonly kind: "refuse"; readonly status: 429 | 500 | 503; readonly retryAfterSeconds?: number }
  /** The connection breaks; `taken`: after the receiver has taken it, so that the gateway cannot know. */
  | { readonly kind: "reset"; readonly taken: boolean }
  /** Never answered, and not taken. */
  | { readonly kind: "hang" };

const accept: Fault = { kind: "accept", afterMs: 0 };

/** The same attempt of the same record meets the same fault, whatever the machine does meanwhile. */
export function faultFor(mode: FaultMode, ...attempt: readonly (string | number)[]): Fault {
  const random = seededRandom(mode, ...attempt);
  switch (mode) {
    case "calm":
      return accept;
    case "errors":
      return random.chance(0.7) ? { kind: "refuse", status: random.pick([500, 503]) } : accept;
    case "throttle":
      return random.chance(0.03) ? { kind: "refuse", status: 429, retryAfterSeconds: 1 } : accept;
    case "reset":
      return random.chance(0.5) ? { kind: "reset", taken: random.chance(0.5) } : accept;
    case "hang":
      return random.chance(0.05) ? { kind: "hang" } : accept;
    case "slow":
      return { kind: "accept", afterMs: random.between(1, 20) };
  }
}
