import type { RecordFilter } from "@tapio/contracts/domain/v1/record";
import { compileFilter, type RecordView } from "@tapio/domain";
import type { Logger } from "@tapio/integration-core";
import type { DestinationLog, JournalError } from "@tapio/journal";
import { createCommitter } from "./committer.ts";
import { journalTrouble, type DestinationContext } from "./destination-context.ts";
import type { DestinationOptions, DestinationSpec } from "./destination-spec.ts";
import { openLedger } from "./ledger.ts";
import { firstCursor, heldAbove, startProblem } from "./start-position.ts";

export type ContextParts = Pick<DestinationContext, "metrics" | "condition" | "host" | "halt" | "deadlines" | "disable"> & {
  /** Commits fail, or work again. */
  hold(held: boolean): void;
  onLost(error: JournalError): void;
};

/** Opens a destination's log, makes its first cursor durable when it is new, and reads what is there. @throws JournalError */
export async function openContext(options: DestinationOptions, parts: ContextParts): Promise<DestinationContext> {
  const { spec, journal, reader, clock, random } = options;
  const { metrics, condition, host, halt, deadlines, disable } = parts;
  const log = await journal.open(spec.name, spec.kind);
  const ledger = await openLedger(log, clock);
  const problem =
    otherKind(log, spec) ?? (log.cursor === undefined ? startProblem(spec.start, journal.bounds().head, clock.now()) : undefined);
  if (problem !== undefined) disable("config_invalid", problem);
  else if (log.cursor === undefined) {
    const cursor = await firstCursor(journal, spec.start);
    await log.commit({ cursor });
    ledger.committed({ cursor });
  }
  const committer = createCommitter({
    log,
    clock,
    random,
    onFailing(error) {
      condition.journal("commit", journalTrouble("committing", error));
      parts.hold(error !== undefined);
    },
    onLost: parts.onLost,
  });
  return {
    ...{ metrics, condition, host, halt, deadlines, disable },
    ...{ journal, reader, clock, random, log, ledger, committer },
    name: spec.name,
    retry: spec.retry,
    window: spec.window,
    held: await heldAbove(log, ledger.cursor),
    takes: takesFrom(spec.filter, disable),
    onPartial(rejection) {
      metrics.partial(rejection.rejected);
      const fields = {
        destination: spec.name,
        rejected: rejection.rejected,
        records: rejection.records,
        receiver_message: rejection.message,
      };
      options.logger.warn(fields, "the receiver rejected a part of a request; a dead letter of its first record shows it");
    },
    onBreaker: logBreaker(options.logger, spec.name),
  };
}

function otherKind(log: DestinationLog, { name, kind }: DestinationSpec): string | undefined {
  if (log.kind === kind) return undefined;
  const left = "its cursor and what waits in its log would mean something else";
  return `destination "${name}" was ${log.kind} and is ${kind} in the configuration: ${left}; give the new destination a name of its own`;
}

function takesFrom(filter: RecordFilter | undefined, disable: (code: string, message: string) => void): (view: RecordView) => boolean {
  if (filter === undefined) return () => true;
  try {
    const compiled = compileFilter(filter);
    return (view) => compiled.test(view).take;
  } catch (reason) {
    disable("config_invalid", `filter: ${reason instanceof Error ? reason.message : String(reason)}`);
    return () => false;
  }
}

function logBreaker(logger: Logger, destination: string): DestinationContext["onBreaker"] {
  return (from, to) => {
    if (to.state === "open" && from.state === "closed") {
      logger.warn({ destination, code: to.code, probe_at_ms: to.probeAtMs }, "the receiver does not work: attempts stop but for probes");
    }
    if (to.state === "closed") logger.info({ destination }, "the receiver works again");
  };
}
