import type { Clock, Logger } from "@tapio/integration-core";
import { JournalError, type Journal, type JournalErrorCode } from "@tapio/journal";
import type { Runtime } from "@tapio/runtime";
import { createByteBudget } from "./http/byte-budget.ts";
import type { Port } from "./http/port.ts";
import { jsonAnswer } from "./http/respond.ts";
import type { Page } from "./http/router.ts";
import { openListener, type Served } from "./listeners.ts";
import { openJournal } from "./open-journal.ts";
import type { GatewaySettings } from "./settings.ts";
import { StartCanceled, StartError } from "./start-error.ts";

export interface OpenOptions {
  readonly settings: GatewaySettings;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborts when nobody wants the gateway to start any more. */
  readonly signal: AbortSignal;
}

const tryAgainMs = 5_000;

/**
 * Opens the journal. While it is full, damaged or of another format, the process stays and answers probes alone, since ending it would only have it
 * started again: `/readyz` says why, and the journal is tried again every few seconds, so that it goes on by itself once somebody has helped.
 * @throws StartError for what is wrong with the configuration, or in use. @throws StartCanceled
 */
export async function openWhenPossible(options: OpenOptions): Promise<Journal> {
  const { clock, logger, settings, signal } = options;
  try {
    return await openJournal(settings.journal, logger);
  } catch (reason) {
    const first = worthWaiting(reason);
    logger.error({ reason: first.message }, "nothing is accepted until the journal can be opened; it is tried again");
    let message = first.message;
    await using _room = await openWaitingRoom(options, () => message);
    for (;;) {
      await clock.sleep(tryAgainMs, signal).catch(() => undefined);
      if (signal.aborted) throw new StartCanceled();
      try {
        return await openJournal(settings.journal, logger);
      } catch (next) {
        // Whoever repairs it has it meanwhile.
        ({ message } = worthWaiting(next, "locked"));
      }
    }
  }
}

/**
 * Starts the destinations. While their logs cannot be written for want of room, because the medium fails or is damaged, nothing may be accepted yet: it is
 * tried again, and the probes, which answer already, say that the gateway is starting and how the journal is. Then waits a moment for the integrations.
 * @throws StartError when it can never be. @throws StartCanceled
 */
export async function startWhenPossible(
  runtime: Pick<Runtime, "start" | "begun">,
  { clock, logger, signal }: Omit<OpenOptions, "settings">,
): Promise<void> {
  for (;;) {
    try {
      await runtime.start();
      return await begunWithin(begunLimitMs, runtime, clock);
    } catch (reason) {
      if (!(reason instanceof JournalError)) throw reason;
      const { code, message } = reason;
      if (code !== "full" && code !== "io" && code !== "corrupt")
        throw new StartError(`the destinations' logs cannot be opened (${code}): ${message}`, reason);
      logger.error({ code, reason: message }, "nothing is accepted until the destinations' logs can be written; it is tried again");
    }
    await clock.sleep(tryAgainMs, signal).catch(() => undefined);
    if (signal.aborted) throw new StartCanceled();
  }
}

/** Whoever scrapes /metrics as soon as the gateway is ready finds the counters there; a destination that hangs holds up nobody for longer than this. */
const begunLimitMs = 1_000;

async function begunWithin(limitMs: number, runtime: Pick<Runtime, "begun">, clock: Clock): Promise<void> {
  const timer = new AbortController();
  await Promise.race([runtime.begun(), clock.sleep(limitMs, timer.signal).catch(() => undefined)]);
  timer.abort();
}

/** What time or a person cures beside the running process, or `also`. @throws what was caught, when it is something else. */
function worthWaiting(reason: unknown, also?: JournalErrorCode): StartError {
  const cause = reason instanceof StartError ? reason.cause : undefined;
  if (!(reason instanceof StartError) || !(cause instanceof JournalError)) throw reason;
  // Where the folder itself cannot be used, the system's error is the cause, and the configuration is to blame; otherwise the disk fails.
  const isDisk = cause.code === "io" && cause.cause === undefined;
  if (!isDisk && !curable.has(cause.code) && cause.code !== also) throw reason;
  return reason;
}

const curable: ReadonlySet<JournalErrorCode> = new Set(["full", "corrupt", "version"]);

/** The configured listeners, with probes and nothing else. */
async function openWaitingRoom({ settings, logger }: OpenOptions, reason: () => string): Promise<AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  for (const listener of settings.listeners) {
    const port: Port = await openListener(listener, settings, probesAlone(reason), logger);
    opened.defer(() => port.close(0));
  }
  return opened.move();
}

function probesAlone(reason: () => string): Served {
  const alive: Page = {
    path: "/healthz",
    isPublic: true,
    render: async () => ({ status: 200, headers: { "content-type": "text/plain" }, body: "ok\n" }),
  };
  const notReady: Page = {
    path: "/readyz",
    isPublic: true,
    render: async () =>
      jsonAnswer(503, { ready: false, reason: reason(), journal: { state: "failed", message: reason() }, destinations: {} }),
  };
  return {
    ...{ api: [], sources: [], probes: [alive, notReady] },
    metrics: { path: "/metrics", isPublic: false, render: notReady.render },
    budget: createByteBudget(0),
    isOpen: () => false,
  };
}
