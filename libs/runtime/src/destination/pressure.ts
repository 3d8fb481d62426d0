import type { Clock, Logger } from "@tapio/integration-core";
import type { Backlog, Journal } from "@tapio/journal";
import { backlogProblem, detachTo } from "./backlog.ts";
import type { Destination } from "./destination.ts";
import { giveUpRange } from "./give-up-range.ts";

/** Why nothing more may be accepted now. */
export interface Pressure {
  readonly message: string;
  /** When to come again. */
  readonly retryAfterMs: number;
}

/** Watches how far each destination is behind. */
export interface PressureGauge {
  /** To be called about once a second. Never rejects. */
  look(destinations: readonly Destination[]): Promise<void>;
  current(): Pressure | undefined;
}

const retryAfterMs = 1000;

export function createPressureGauge(options: { readonly journal: Journal; readonly clock: Clock; readonly logger: Logger }): PressureGauge {
  const { clock, logger } = options;
  let refusing = new Map<string, Pressure>();
  const detaching = new Set<string>();

  async function lookAt(destination: Destination): Promise<Pressure | undefined> {
    const { name, backlog: policy } = destination.spec;
    const backlog = await destination.look();
    const problem = policy === undefined ? undefined : backlogProblem(policy, backlog, clock.now());
    if (policy === undefined || problem === undefined) return undefined;
    if (policy.onFull === "refuse") return { message: `destination "${name}" is ${problem}`, retryAfterMs };
    // Nothing can be given up that cannot be written, and each try would have what is settled and not written delivered again.
    if (destination.status().state === "journal_failing") return undefined;
    // It may take as long as an attempt that hangs: nobody waits for it.
    if (!detaching.has(name)) {
      detaching.add(name);
      void detach(options, destination, backlog, problem).finally(() => detaching.delete(name));
    }
    return undefined;
  }

  return {
    current: () => refusing.values().next().value,
    async look(destinations) {
      const found = new Map<string, Pressure>();
      for (const destination of destinations) {
        const { name } = destination.spec;
        try {
          const pressure = await lookAt(destination);
          if (pressure !== undefined) found.set(name, pressure);
        } catch {
          // The journal is in trouble, which is told of where it is written; what was known stands.
          const known = refusing.get(name);
          if (known !== undefined) found.set(name, known);
        }
      }
      for (const [name, { message }] of found)
        if (!refusing.has(name))
          logger.warn({ destination: name, reason: message }, "nothing is accepted until a destination has caught up");
      for (const name of refusing.keys()) if (!found.has(name)) logger.info({ destination: name }, "the destination has caught up");
      refusing = found;
    },
  };
}

async function detach(
  { journal, clock, logger }: { readonly journal: Journal; readonly clock: Clock; readonly logger: Logger },
  destination: Destination,
  backlog: Backlog,
  problem: string,
): Promise<void> {
  const { name, backlog: policy, configHash } = destination.spec;
  if (policy === undefined) return;
  try {
    await destination.between(async (opened) => {
      const to = await detachTo(journal, policy, opened.ledger.cursor, clock.now());
      const message = `given up because the destination was ${problem} (on_full: detach)`;
      await giveUpRange(opened, clock, { to, code: "detached", message, configHash });
      logger.warn(
        { destination: name, to, backlog_bytes: backlog.bytes, reason: problem },
        "the destination fell too far behind: a range of records is a dead letter now",
      );
    });
  } catch (reason) {
    logger.error({ destination: name, error: String(reason) }, "giving up what is too far behind failed and is tried again");
  }
}
