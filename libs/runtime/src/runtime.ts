import type { HealthStatus } from "@tapio/integration-core";
import { createControl, type Control } from "./control/control.ts";
import { createDestination, type Destination } from "./destination/destination.ts";
import { createPressureGauge, type Pressure } from "./destination/pressure.ts";
import type { DestinationSpec } from "./destination-spec.ts";
import type { DestinationDrain, DestinationStatus } from "./destination-status.ts";
import { createRecordReader } from "./record-reader.ts";
import { reportRemoved } from "./removed-destinations.ts";
import { applySpecs, planSpecs, type AppliedSpecs } from "./apply-specs.ts";
import type { RuntimeOptions, RuntimeParts } from "./runtime-parts.ts";
import { createTurns } from "./turns.ts";
import { pause } from "./wake.ts";

/** Delivers every record of the journal to each destination. The journal stays the caller's: close it after `drain`. */
export interface Runtime {
  /** What an operator may see and do. */
  readonly control: Control;
  /**
   * Opens the destinations' logs and begins to deliver. Resolves when each new destination has its first cursor durably: what is appended from
   * then on is missed by none. Integrations are initialized in the background. Call it before anything is accepted, once, or again when it failed.
   * @throws JournalError when a log cannot be opened or written; nothing was begun.
   */
  start(): Promise<void>;
  /** After `start`: resolves when each integration was initialized, or will not be. Takes as long as the slowest: who waits for it sets a limit. */
  begun(): Promise<void>;
  status(): readonly DestinationStatus[];
  /** Asks each integration; takes a few seconds at most. */
  health(signal: AbortSignal): Promise<readonly DestinationHealth[]>;
  /**
   * Resolves when the durable cursor of each destination is at or above `sequence` (the journal's head, when it is left out). Does not wait for
   * waiting rows, nor for destinations that are paused, disabled, fenced or stopped.
   */
  settled(sequence?: number): Promise<void>;
  /** What `apply` would do. */
  plan(destinations: readonly DestinationSpec[]): AppliedSpecs;
  /**
   * Takes another configuration: only destinations whose hash changed stop and start again, what is new starts, what is missing stops and keeps its
   * log. Nothing is lost by it, and nothing that was settled is delivered again.
   * @throws JournalError when the log of a new destination cannot be opened; the others are changed all the same.
   */
  apply(destinations: readonly DestinationSpec[]): Promise<AppliedSpecs>;
  /** Why nothing more may be accepted now: a destination with `onFull: refuse` is too far behind. */
  pressure(): Pressure | undefined;
  /** Everything at or below it is held by no destination: the journal may remove it. */
  pinned(): Promise<number>;
  /**
   * Begins nothing new, lets attempts in flight finish for `limitMs`, cuts off the rest, which is not counted as an attempt, writes what is
   * settled, and closes the integrations. Takes a few seconds over the limit at most, whatever integrations and journal do. May be called again with a
   * shorter limit, which then counts.
   */
  drain(limitMs: number): Promise<DrainReport>;
  /** Drains without waiting, unless that was done. May be called twice. */
  close(): Promise<void>;
}

export interface DestinationHealth {
  readonly name: string;
  readonly health: HealthStatus;
}

export interface DrainReport {
  /** Nothing is left: every cursor is at the head and nothing waits. */
  readonly complete: boolean;
  readonly destinations: readonly DestinationDrain[];
}

const readLimit = { records: 4000, bytes: 4 * 1024 * 1024 };
// Each record in them may carry its decoded message, which is several times its bytes.
const sharedGroupsMax = 16;
const sharedBytesMax = 4 * 1024 * 1024;
const lookEveryMs = 1000;

/** @throws Error when two destinations have one name. */
export function createRuntime(options: RuntimeOptions): Runtime {
  const { journal } = options;
  const ending = new AbortController();
  const reader = createRecordReader(journal, {
    ...{ limit: readLimit, groupsMax: sharedGroupsMax, bytesMax: sharedBytesMax },
    readers: () => destinations.size,
  });
  const make = (spec: DestinationSpec): Destination => createDestination({ ...options, spec, reader });
  checkNames(options.destinations);
  const destinations: Map<string, Destination> = new Map(options.destinations.map((spec) => [spec.name, make(spec)]));
  const parts: RuntimeParts = { options, destinations, make, isEnding: ending.signal };
  const pressure = createPressureGauge(options);
  const inTurn = createTurns();
  const all = (): readonly Destination[] => [...destinations.values()];
  let started: Promise<void> | undefined;
  let drained: Promise<DrainReport> | undefined;

  async function begin(): Promise<void> {
    await Promise.all(all().map((destination) => destination.prepare()));
    await reportRemoved({ ...options, configured: [...destinations.keys()] });
    if (ending.signal.aborted) return;
    for (const destination of all()) destination.run();
    void keepLooking();
  }
  function startAgain(reason: unknown): never {
    started = undefined;
    throw reason;
  }
  async function keepLooking(): Promise<void> {
    while (!ending.signal.aborted) {
      await pressure.look(all());
      await pause(options.clock, lookEveryMs, ending.signal);
    }
  }
  return {
    control: createControl(parts),
    start: () => (started ??= begin().catch(startAgain)),
    ...createViews(all),
    async settled(sequence = journal.bounds().head) {
      await Promise.all(all().map((destination) => destination.passed(sequence)));
    },
    plan: (specs) => planSpecs(destinations, specs),
    apply(specs) {
      checkNames(specs);
      return inTurn(() => applySpecs(parts, specs));
    },
    pressure: () => pressure.current(),
    pinned: () => pinnedBy(parts),
    drain(limitMs) {
      ending.abort();
      for (const destination of all()) destination.halt();
      if (drained !== undefined) for (const destination of all()) void destination.drain(limitMs);
      drained ??= (started ?? Promise.resolve()).catch(() => undefined).then(() => end(parts, limitMs));
      return drained;
    },
    async close() {
      await (drained ?? this.drain(0));
    },
  };
}

/** What only looks. */
function createViews(all: () => readonly Destination[]): Pick<Runtime, "begun" | "status" | "health"> {
  return {
    async begun() {
      await Promise.all(all().map((destination) => destination.begun()));
    },
    status: () => all().map((destination) => destination.status()),
    health: (signal) =>
      Promise.all(all().map(async (destination) => ({ name: destination.spec.name, health: await destination.health(signal) }))),
  };
}

function checkNames(specs: readonly DestinationSpec[]): void {
  const names = specs.map((spec) => spec.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two destinations are named "${twice}"; a name is the identity of a destination's cursor`);
}

async function end({ options, destinations }: RuntimeParts, limitMs: number): Promise<DrainReport> {
  const drained = await Promise.all([...destinations.values()].map((destination) => destination.drain(limitMs)));
  const complete = drained.every(({ lag, waiting }) => lag === 0 && waiting === 0);
  options.logger.info({ complete, destinations: drained }, "delivery is drained");
  return { complete, destinations: drained };
}

/** The least cursor and the least parked sequence: parked rows have no copy of their record. */
async function pinnedBy({ options, destinations }: RuntimeParts): Promise<number> {
  let pinned = options.journal.bounds().head;
  for (const { opened } of destinations.values()) {
    if (opened === undefined) return 0;
    const { log, ledger } = opened;
    if (log.cursor === undefined) continue;
    // The cursor first: what is parked while the rows are read lies above it.
    const { cursor } = ledger;
    const [parked] = await log.rows({ state: "parked", after: 0, limit: 1, withoutBytes: true });
    pinned = Math.min(pinned, cursor, (parked?.sequence ?? Infinity) - 1);
  }
  return pinned;
}
