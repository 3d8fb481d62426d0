import type { Clock } from "@tapio/integration-core";
import type { DestinationLog, Journal } from "@tapio/journal";
import type { DestinationSpec } from "../destination-spec.ts";
import { createLedger, type Ledger } from "../ledger.ts";
import { rangeSettlement } from "../machine/settlement-note.ts";
import { giveUpRange } from "./give-up-range.ts";
import { firstCursor, startProblem } from "./start-position.ts";

/** A destination's log, open for as long as the destination is there. */
export interface OpenedLog {
  readonly log: DestinationLog;
  readonly ledger: Ledger;
  /** Why it cannot deliver with this configuration, whatever its integration says. */
  readonly problem: string | undefined;
  /** Rows at the opening. */
  readonly waiting: number;
  readonly parked: number;
}

/** Opens the log, and makes the first cursor durable when it is new; what was removed from the journal beyond it is a dead letter. @throws JournalError */
export async function openLog(journal: Journal, spec: DestinationSpec, clock: Clock): Promise<OpenedLog> {
  const log = await journal.open(spec.name, spec.kind);
  const { waiting, parked, dead } = await log.counts();
  const ledger = createLedger(log, clock, dead);
  const problem =
    otherKind(log, spec) ?? (log.cursor === undefined ? startProblem(spec.start, journal.bounds().head, clock.now()) : undefined);
  if (problem === undefined && log.cursor === undefined) {
    const cursor = await firstCursor(journal, spec.start);
    const before = cursor > 0 ? [rangeSettlement({ from: 1, to: cursor }, clock.now(), spec.configHash, { beforeStart: true })] : [];
    const change = { cursor, settlements: before };
    await log.commit(change);
    ledger.committed(change);
  } else if (problem === undefined) {
    const to = journal.bounds().first - 1;
    const message = "the journal had to remove these records while the destination was not in the configuration";
    await giveUpRange({ log, ledger }, clock, { to, code: "trimmed", message, configHash: spec.configHash });
  }
  return { log, ledger, problem, waiting, parked };
}

/** Why a log that one kind of integration wrote cannot be used by another. */
export function otherKind(log: Pick<DestinationLog, "kind">, { name, kind }: Pick<DestinationSpec, "name" | "kind">): string | undefined {
  if (log.kind === kind) return undefined;
  const left = "its cursor and what waits in its log would mean something else";
  return `destination "${name}" was ${log.kind} and is ${kind} in the configuration: ${left}; give the new destination a name of its own`;
}
