import type { Admission } from "@tapio/ingest";
import type { Clock, Logger } from "@tapio/integration-core";
import type { Journal } from "@tapio/journal";
import type { Retention, Runtime } from "@tapio/runtime";
import type { Port } from "./http/port.ts";
import type { Tracing } from "./telemetry/tracing.ts";

/** What is stopped, see docs/specs/shutdown.md. */
export interface StopParts {
  /** From now on it is not ready, open streams end, and reloads are refused; resolves when the one under way is done. */
  turnAway(): Promise<void>;
  readonly ports: readonly Pick<Port, "stopAccepting" | "close">[];
  readonly admission: Pick<Admission, "close">;
  readonly retention: Pick<Retention, "close">;
  readonly runtime: Pick<Runtime, "drain" | "close">;
  readonly tracing: Pick<Tracing, "close">;
  readonly journal: Pick<Journal, "close">;
}

export interface StopOptions {
  readonly deadlineMs: number;
  /** Aborts when somebody cannot wait: what is in flight is cut off at once. */
  readonly hurry: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface StopReport {
  /** False: a step failed or had to be left behind. What was acknowledged is safe all the same. */
  readonly orderly: boolean;
}

/** Requests under way get this share of the deadline; what comes after the deliveries, a tenth of what is left then. */
const requestShare = 0.25;
const closingShare = 0.1;
const tracesMs = 2_000;
/** How long after the deadline a step that hangs is left behind, and what each still gets then. */
const overtimeMs = 7_000;
const lastChanceMs = 250;

/** Stops everything in the order of SHD-1. Never rejects. */
export async function stopGateway(parts: StopParts, options: StopOptions): Promise<StopReport> {
  const { hurry, logger } = options;
  const time = createStopTime(options);
  let orderly = true;
  const step = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const failure = await time.bounded(work);
    if (failure === undefined) return;
    orderly = false;
    logger.error({ step: name, error: failure }, "a step of the stop failed; the rest is stopped all the same");
  };

  const turnedAway = parts.turnAway();
  turnedAway.catch(() => undefined);
  for (const port of parts.ports) port.stopAccepting();
  const graceMs = hurry.aborted ? 0 : options.deadlineMs * requestShare;
  await step("requests", () =>
    cutBy(hurry, () => void parts.ports.forEach((port) => void port.close(0)), Promise.all(parts.ports.map((port) => port.close(graceMs)))),
  );
  await step("admission", () => parts.admission.close());
  await step("reload", () => time.share(requestShare, turnedAway));
  await step("retention", () => parts.retention.close());
  await step("deliveries", async () => {
    const { runtime } = parts;
    await cutBy(hurry, () => void runtime.drain(0), runtime.drain(time.leftMs() * (1 - closingShare)));
    await runtime.close();
  });
  await step("traces", () => time.share(1, parts.tracing.close(Math.min(tracesMs, time.leftMs()))));
  await step("journal", () => parts.journal.close());
  logger.info({ orderly }, "stopped");
  return { orderly };
}

/** Waits for the work, and cuts it short when somebody hurries meanwhile. */
async function cutBy(hurry: AbortSignal, cut: () => void, work: Promise<unknown>): Promise<void> {
  hurry.addEventListener("abort", cut, { once: true });
  try {
    await work;
  } finally {
    hurry.removeEventListener("abort", cut);
  }
}

interface StopTime {
  /** Until the deadline; 0 from the moment that somebody hurries. */
  leftMs(): number;
  /** Resolves when the work is done, when its share of what is left is over, or when somebody hurries. */
  share(part: number, work: Promise<unknown>): Promise<void>;
  /** Runs it, and gives what went wrong, if anything. What lasts longer than the overtime is left behind. */
  bounded(work: () => Promise<unknown>): Promise<string | undefined>;
}

function createStopTime({ clock, deadlineMs, hurry }: StopOptions): StopTime {
  let endsAtMs = clock.now() + (hurry.aborted ? 0 : deadlineMs);
  hurry.addEventListener("abort", () => (endsAtMs = Math.min(endsAtMs, clock.now())), { once: true });

  /** Resolves at `endMs`, which may come nearer when somebody hurries, or when it is done. */
  const passing = async (endMs: () => number, done: AbortSignal): Promise<void> => {
    while (!done.aborted && clock.now() < endMs()) {
      const wake = hurry.aborted ? done : AbortSignal.any([done, hurry]);
      await clock.sleep(endMs() - clock.now(), wake).catch(() => undefined);
    }
  };
  const race = async <T>(work: Promise<T>, endMs: () => number): Promise<T | undefined> => {
    const done = new AbortController();
    try {
      return await Promise.race([work, passing(endMs, done.signal).then(() => undefined)]);
    } finally {
      done.abort();
    }
  };
  const leftMs = (): number => Math.max(0, endsAtMs - clock.now());

  return {
    leftMs,
    async share(part, work) {
      const endMs = clock.now() + leftMs() * part;
      await race(work, () => Math.min(endMs, endsAtMs));
    },
    async bounded(work) {
      const leastMs = clock.now() + lastChanceMs;
      const outcome = (async () => work())().then(
        () => ({ failure: undefined }),
        (reason: unknown) => ({ failure: reason instanceof Error ? reason.message : String(reason) }),
      );
      const ended = await race(outcome, () => Math.max(leastMs, endsAtMs + overtimeMs));
      return ended === undefined ? "it takes too long, and is left behind" : ended.failure;
    },
  };
}
