import type { Clock, HealthStatus, Logger, Meter, Tracer } from "@tapio/integration-core";
import type { Journal } from "@tapio/journal";
import { createDestination } from "./destination.ts";
import type { DestinationSpec } from "./destination-spec.ts";
import type { DestinationDrain, DestinationStatus } from "./destination-status.ts";
import { createRecordReader } from "./record-reader.ts";
import { reportRemoved } from "./removed-destinations.ts";
import { pause } from "./wake.ts";

export interface RuntimeOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly tracer: Tracer;
  /** In 0..1, for jitter. */
  random(): number;
  readonly destinations: readonly DestinationSpec[];
}

/** Delivers every record of the journal to each destination. The journal stays the caller's: close it after `drain`. */
export interface Runtime {
  /**
   * Opens the destinations' logs and begins to deliver. Resolves when each new destination has its first cursor durably: what is appended from
   * then on is missed by none. Integrations are initialized in the background. Call it once, before anything is accepted.
   * @throws JournalError when a log cannot be opened or written; nothing was begun.
   */
  start(): Promise<void>;
  status(): readonly DestinationStatus[];
  /** Asks each integration; takes a few seconds at most. */
  health(signal: AbortSignal): Promise<readonly DestinationHealth[]>;
  /**
   * Resolves when the durable cursor of each destination is at or above `sequence` (the journal's head, when it is left out). Does not wait for
   * waiting rows, nor for destinations that are disabled, fenced or stopped.
   */
  settled(sequence?: number): Promise<void>;
  /**
   * Begins nothing new, lets attempts in flight finish for `limitMs`, cuts off the rest, which is not counted as an attempt, writes what is
   * settled, and closes the integrations. Takes a few seconds over the limit at most, whatever integrations and journal do.
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

const readLimit = { records: 500, bytes: 4 * 1024 * 1024 };
const sharedGroupsMax = 64;
const sharedBytesMax = 16 * 1024 * 1024;
const gaugesEveryMs = 1000;

/** @throws Error when two destinations have one name. */
export function createRuntime(options: RuntimeOptions): Runtime {
  const { journal, clock, logger } = options;
  const names = options.destinations.map((spec) => spec.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two destinations are named "${twice}"; a name is the identity of a destination's cursor`);
  const reader = createRecordReader(journal, { limit: readLimit, groupsMax: sharedGroupsMax, bytesMax: sharedBytesMax });
  const destinations = options.destinations.map((spec) => createDestination({ ...options, spec, reader }));
  const ending = new AbortController();
  let started: Promise<void> | undefined;
  let draining: Promise<DrainReport> | undefined;

  async function begin(): Promise<void> {
    await Promise.all(destinations.map((destination) => destination.prepare()));
    await reportRemoved({ ...options, configured: names });
    if (ending.signal.aborted) return;
    for (const destination of destinations) destination.run();
    void refreshGauges();
  }

  async function refreshGauges(): Promise<void> {
    while (!ending.signal.aborted) {
      for (const destination of destinations) destination.refreshGauges();
      await pause(clock, gaugesEveryMs, ending.signal);
    }
  }

  async function end(limitMs: number): Promise<DrainReport> {
    ending.abort();
    await started?.catch(() => undefined);
    const drained = await Promise.all(destinations.map((destination) => destination.drain(limitMs)));
    for (const destination of destinations) destination.refreshGauges();
    const complete = drained.every(({ lag, waiting }) => lag === 0 && waiting === 0);
    logger.info({ complete, destinations: drained }, "delivery is drained");
    return { complete, destinations: drained };
  }

  return {
    start() {
      started ??= begin();
      return started;
    },
    status: () => destinations.map((destination) => destination.status()),
    health: (signal) =>
      Promise.all(destinations.map(async (destination) => ({ name: destination.name, health: await destination.health(signal) }))),
    async settled(sequence = journal.bounds().head) {
      await Promise.all(destinations.map((destination) => destination.passed(sequence)));
    },
    drain(limitMs) {
      draining ??= end(limitMs);
      return draining;
    },
    async close() {
      draining ??= end(0);
      await draining;
    },
  };
}
