import type { Clock } from "@tapio/integration-core";
import type { DeliveryRow, DestinationChange, DestinationLog } from "@tapio/journal";
import type { Ledger } from "../ledger.ts";
import { rangeSettlement } from "../machine/settlement-note.ts";

export interface GivenUp {
  /** The last sequence that is given up. */
  readonly to: number;
  readonly code: "skipped" | "detached" | "damaged" | "trimmed";
  readonly message: string;
  readonly configHash: string;
}

/**
 * Moves the cursor to `to`. What it passes over is one dead letter, but for what has a row already; one that touches the range given up before for
 * the same reason makes it longer. To be called while nothing delivers. @throws JournalError
 */
export async function giveUpRange(
  { log, ledger }: { readonly log: DestinationLog; readonly ledger: Ledger },
  clock: Clock,
  given: GivenUp,
): Promise<void> {
  const { to, code, message, configHash } = given;
  const { cursor } = ledger;
  if (to <= cursor) return;
  const above = await log.rows({ after: cursor, limit: rowsMax, withoutBytes: true });
  const taken = new Set(above.map(({ sequence }) => sequence));
  let first = cursor + 1;
  while (first <= to && taken.has(first)) first += 1;
  const before = await rangeEndingAt(log, cursor, code);
  const range = first > to ? undefined : rangeRow({ from: before?.sequence ?? first, to, code, message, nowMs: clock.now() });
  const change: DestinationChange = {
    cursor: to,
    ...(range === undefined ? {} : { put: [range] }),
    settlements: [rangeSettlement({ from: cursor + 1, to }, clock.now(), configHash, { lost: message })],
  };
  await log.commit(change);
  ledger.committed(change);
  if (range !== undefined && before !== undefined) ledger.removedDead(1);
}

/** Rows above the cursor are few: what a crash left of one window. */
const rowsMax = 10_000;

interface Range {
  readonly from: number;
  readonly to: number;
  readonly code: string;
  readonly message: string;
  readonly nowMs: number;
}

/** The dead letter that stands for a range of records. */
export function rangeRow({ from, to, code, message, nowMs }: Range): DeliveryRow {
  return {
    ...{ sequence: from, through: to, recordId: `range-${from}-${to}`, state: "dead", attempts: 0 },
    ...{ firstAttemptAtMs: nowMs, dueAtMs: nowMs, code, message },
  };
}

async function rangeEndingAt({ rows }: DestinationLog, cursor: number, code: string): Promise<DeliveryRow | undefined> {
  const found: DeliveryRow[] = [];
  for (let after = 0, isLast = false; !isLast;) {
    const page = await rows({ state: "dead", after, limit: 1000, withoutBytes: true });
    found.push(...page.filter((row) => row.through === cursor && row.code === code));
    after = page.at(-1)?.sequence ?? after;
    isLast = page.length < 1000;
  }
  return found.at(-1);
}
