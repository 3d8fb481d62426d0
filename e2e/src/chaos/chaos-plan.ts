import { seededRandom, type SeededRandom } from "./seeded-random.ts";

/** How a gateway's life ends. All but `stop` are a SIGKILL. */
export type Ending =
  /** While it starts, so long after the process was made. */
  | { readonly kind: "start"; readonly afterMs: number }
  /** Under load, so long after it was ready. */
  | { readonly kind: "load"; readonly afterMs: number }
  /** While a batch of the producers is not answered yet: so long after the n-th was sent. */
  | { readonly kind: "commit"; readonly request: number; readonly afterMs: number }
  /** As soon as a file of the data folder is written to, under load, after so many earlier writes: commits and checkpoints. */
  | { readonly kind: "write"; readonly writes: number }
  /** While it stops: so long after SIGTERM, which comes under load. */
  | { readonly kind: "shutdown"; readonly afterMs: number; readonly killAfterMs: number }
  /** Not at all: SIGTERM under load, and it ends by itself. */
  | { readonly kind: "stop"; readonly afterMs: number };

/** How a receiver behaves during one life. */
export type FaultMode = "calm" | "errors" | "throttle" | "reset" | "hang" | "slow";

export const receiverNames = ["any", "keyed", "picky", "traces"] as const;

export type ReceiverName = (typeof receiverNames)[number];

export interface LoadPlan {
  /** Callers of Publish at the same time. */
  readonly publishers: number;
  readonly batchRecordsMax: number;
  /** Callers of `POST /v1/occurrences` at the same time, one occurrence each. */
  readonly posters: number;
  /** Extra bytes in each record. */
  readonly paddingBytes: number;
  /** Records of one life at most. */
  readonly recordsMax: number;
}

/** What an operator does in one life, so long after the step before. */
export type Meddling =
  | { readonly kind: "pause" | "resume"; readonly afterMs: number; readonly destination: string }
  /** The configuration is written anew, with another tuning of one destination, and read again. */
  | { readonly kind: "reload"; readonly afterMs: number; readonly tuning: TuningPlan }
  | { readonly kind: "replay"; readonly afterMs: number; readonly destination: string };

/** One life of the gateway. */
export interface CyclePlan {
  /** Over the whole run, from 1. */
  readonly number: number;
  readonly ending: Ending;
  readonly load: LoadPlan;
  readonly faults: Readonly<Record<ReceiverName, FaultMode>>;
  readonly meddling: readonly Meddling[];
}

/** The destinations' settings of one round. */
export interface TuningPlan {
  readonly maxBatchRecords: number;
  readonly maxInFlightRecords: number;
  readonly concurrency: number;
  readonly lingerMs: number;
}

/** Lives of one data folder; after the last one everything has to settle, and the oracle judges. */
export interface RoundPlan {
  readonly seed: number;
  readonly number: number;
  /** Only orderly stops, and receivers that are slow or refuse but leave nobody in doubt: then nothing that they took may arrive again. */
  readonly orderly: boolean;
  readonly tuning: TuningPlan;
  readonly cycles: readonly CyclePlan[];
}

export interface PlanOptions {
  readonly seed: number;
  readonly cycles: number;
  /** As `RoundPlan.orderly`. */
  readonly orderly?: boolean;
}

/** The whole schedule that a seed stands for. */
export function planRounds({ seed, cycles, orderly = false }: PlanOptions): readonly RoundPlan[] {
  const rounds: RoundPlan[] = [];
  for (let planned = 0; planned < cycles;) {
    const number = rounds.length + 1;
    const random = seededRandom(seed, "round", number);
    const length = Math.min(
      cycles - planned,
      random.weighted([
        [random.between(4, 10), 9],
        [random.between(20, 40), 1],
      ]),
    );
    const first = planned + 1;
    const numbers = Array.from({ length }, (_, index) => first + index);
    rounds.push({
      seed,
      number,
      orderly,
      tuning: planTuning(random),
      cycles: numbers.map((cycle, index) => planCycle(seededRandom(seed, "round", number, "cycle", index), cycle, orderly)),
    });
    planned += length;
  }
  return rounds;
}

function planTuning(random: SeededRandom): TuningPlan {
  return {
    maxBatchRecords: random.pick([1, 10, 100]),
    maxInFlightRecords: random.pick([10, 100, 1_000]),
    concurrency: random.pick([1, 8, 32]),
    lingerMs: random.pick([0, 0, 5]),
  };
}

function planCycle(random: SeededRandom, number: number, orderly: boolean): CyclePlan {
  const ending = orderly ? { kind: "stop" as const, afterMs: random.between(50, 400) } : planEnding(random);
  const heavy = !orderly && random.chance(0.1);
  const mode = (): FaultMode => (orderly ? random.pick(["calm", "slow", "errors"]) : planFaults(random));
  return {
    number,
    ending,
    load: {
      publishers: random.between(1, 3),
      batchRecordsMax: random.pick([1, 10, 50]),
      posters: random.between(0, 4),
      paddingBytes: heavy ? 32_768 : random.pick([0, 400]),
      recordsMax: heavy ? 600 : 1_200,
    },
    faults: { any: mode(), keyed: mode(), picky: mode(), traces: mode() },
    meddling: planMeddling(random),
  };
}

function planEnding(random: SeededRandom): Ending {
  const kind = random.weighted<Ending["kind"]>([
    ["start", 2],
    ["load", 3],
    ["commit", 5],
    ["write", 4],
    ["shutdown", 4],
    ["stop", 1],
  ]);
  switch (kind) {
    case "start":
      return { kind, afterMs: random.between(0, 900) };
    case "load":
      return { kind, afterMs: random.between(0, 700) };
    case "commit":
      return { kind, request: random.between(1, 40), afterMs: random.between(0, 6) };
    case "write":
      return { kind, writes: random.between(1, 200) };
    case "shutdown":
      return { kind, afterMs: random.between(50, 400), killAfterMs: random.between(0, 250) };
    case "stop":
      return { kind, afterMs: random.between(50, 400) };
  }
}

function planMeddling(random: SeededRandom): readonly Meddling[] {
  const steps = random.chance(0.5) ? random.between(1, 3) : 0;
  return Array.from({ length: steps }, (): Meddling => {
    const kind = random.pick<Meddling["kind"]>(["pause", "resume", "resume", "reload", "replay"]);
    const afterMs = random.between(20, 250);
    if (kind === "reload") return { kind, afterMs, tuning: planTuning(random) };
    return { kind, afterMs, destination: random.pick(kind === "replay" ? receiverNames : [...receiverNames, "metrics"]) };
  });
}

function planFaults(random: SeededRandom): FaultMode {
  return random.weighted([
    ["calm", 3],
    ["errors", 2],
    ["throttle", 1],
    ["reset", 2],
    ["hang", 1],
    ["slow", 2],
  ]);
}
