import fc from "fast-check";
import type { Behaviour } from "./receivers.ts";
import type { CommitFate } from "./watched-journal.ts";

export const names = ["single", "batch", "keyed", "keyed-batch", "counts", "hangs"] as const;
export type Name = (typeof names)[number];

/** What is done to a runtime and the world around it. What is not possible at a moment does nothing. */
export type Step =
  /** `again`: as many ids that were appended before come with them. */
  | { readonly do: "append"; readonly count: number; readonly again: number }
  | { readonly do: "time"; readonly seconds: number }
  | { readonly do: "behave"; readonly at: Name; readonly behaviour: Behaviour }
  /** What becomes of the next commits. */
  | { readonly do: "commits"; readonly fates: readonly CommitFate[] }
  | { readonly do: "crash" }
  /** SIGTERM, and the next process. */
  | { readonly do: "restart"; readonly limitMs: number }
  | { readonly do: "pause" | "resume" | "drain"; readonly at: Name }
  /** Passes over so many records. */
  | { readonly do: "skip"; readonly at: Name; readonly records: number }
  | { readonly do: "replay" | "discard"; readonly at: Name; readonly only: "all" | "first" | "unavailable" }
  | { readonly do: "reload"; readonly without: Name | undefined; readonly variant: 0 | 1 }
  | { readonly do: "trim" };

const at = fc.constantFrom(...names);
const code = fc.constantFrom("unavailable", "throttled", "record_invalid", "internal", "access_denied", "gone" as const);
const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: "works" as const }) },
  { weight: 1, arbitrary: fc.constantFrom<Behaviour>({ kind: "skips" }, { kind: "hangs" }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("fails" as const), code, half: fc.boolean() }) },
);
const fate = fc.constantFrom("write", "write", "write", "io", "io_written", "die_before", "die_after" as const);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("append" as const), count: fc.integer({ min: 1, max: 8 }), again: fc.constantFrom(0, 0, 2) }),
  },
  { weight: 7, arbitrary: fc.record({ do: fc.constant("time" as const), seconds: fc.constantFrom(0, 1, 3, 20) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("behave" as const), at, behaviour }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("commits" as const), fates: fc.array(fate, { minLength: 1, maxLength: 8 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: "crash" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const), limitMs: fc.constantFrom(0, 5000) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("pause" as const, "resume" as const, "resume" as const, "drain" as const), at }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("skip" as const), at, records: fc.integer({ min: 1, max: 10 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("replay" as const, "replay" as const, "discard" as const),
      at,
      only: fc.constantFrom("all" as const, "first" as const, "unavailable" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("reload" as const),
      without: fc.option(at, { nil: undefined }),
      variant: fc.constantFrom(0 as const, 1 as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "trim" as const }) },
);

export function stepsArbitrary(maxLength: number): fc.Arbitrary<readonly Step[]> {
  return fc.array(step, { minLength: 3, maxLength, size: "max" });
}
