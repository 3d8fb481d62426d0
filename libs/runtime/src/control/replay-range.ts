import { scanRecord, createRecordView } from "@tapio/domain";
import type { DeliveryRow, DestinationLog, JournalRecord, Settlement } from "@tapio/journal";
import { commitSurely } from "./commit-surely.ts";
import { rangeRow } from "../destination/give-up-range.ts";
import { lateSettlement } from "../machine/settlement-note.ts";
import { bytesOf, readRecord } from "../record-reader.ts";
import type { ReplayScope } from "./replay.ts";

const pageRecords = 500;
const pageBytes = 4 * 1024 * 1024;

/**
 * Replays a dead letter that stands for a range: the records that the journal still has become waiting rows of their own, those that today's filter does
 * not take are passed over, and what is left of the range stays a dead letter until all of it is done.
 */
export async function replayRange(scope: ReplayScope, range: DeliveryRow): Promise<void> {
  const { journal } = scope.parts.options;
  const last = range.through ?? range.sequence;
  const { first } = journal.bounds();
  scope.tally.gone += Math.max(0, Math.min(first - 1, last) - range.sequence + 1);
  let rest = range;
  for (let after = Math.max(range.sequence, first) - 1; after < last && scope.room > 0;) {
    const limit = { records: Math.min(pageRecords, scope.room), bytes: pageBytes };
    const records = (await journal.read(after, limit)).filter(({ sequence }) => sequence <= last);
    const through = records.at(-1)?.sequence ?? last;
    const page = await judgePage(scope, records);
    if (!scope.isDryRun) rest = await commitPage(scope, { range: rest, last, through, ...page });
    after = through;
  }
  if (!scope.isDryRun && rest === range && first > last) {
    await scope.destination.opened?.log.commit({ remove: [range.sequence] });
    scope.destination.opened?.ledger.removedDead(1);
  }
}

interface Page {
  readonly put: readonly DeliveryRow[];
  readonly settlements: readonly Settlement[];
}

async function judgePage(scope: ReplayScope, records: readonly JournalRecord[]): Promise<Page> {
  const { destination, judge, tally, parts } = scope;
  const nowMs = parts.options.clock.now();
  const taken = await sequencesWithRows(scope, records);
  const put: DeliveryRow[] = [];
  const settlements: Settlement[] = [];
  for (const record of records) {
    if (taken.has(record.sequence)) continue;
    const read = readRecord(record);
    const verdict = judge(read);
    if (verdict.kind === "skip") {
      tally.wouldSkip += 1;
      settlements.push(lateSettlement(record.sequence, nowMs, destination.spec.configHash, { attempt: 0, skippedReason: verdict.reason }));
      continue;
    }
    tally.replayed += 1;
    scope.room -= 1;
    put.push({
      ...{ sequence: record.sequence, recordId: idOf(record), state: "waiting", attempts: 0, firstAttemptAtMs: nowMs, dueAtMs: nowMs },
      ...{ code: "replayed", message: "replayed by an operator, out of a range that was given up", bytes: bytesOf(read) },
      ...(verdict.kind === "take" && verdict.key !== undefined ? { key: verdict.key } : {}),
    });
  }
  return { put, settlements };
}

/** A record of the range that has a row of its own is not in the range's account. */
async function sequencesWithRows({ destination }: ReplayScope, records: readonly JournalRecord[]): Promise<ReadonlySet<number>> {
  const [first, last] = [records[0], records.at(-1)];
  if (first === undefined || last === undefined) return new Set();
  const limit = last.sequence - first.sequence + 1;
  const rows = (await destination.opened?.log.rows({ after: first.sequence - 1, limit, withoutBytes: true })) ?? [];
  return new Set(rows.filter(({ through }) => through === undefined).map(({ sequence }) => sequence));
}

/** The rows, and in their place a shorter range, as one write. Gives back what is left of the range. */
async function commitPage(
  { destination, parts }: ReplayScope,
  { range, last, through, put, settlements }: Page & { readonly range: DeliveryRow; readonly last: number; readonly through: number },
): Promise<DeliveryRow> {
  const { opened } = destination;
  if (opened === undefined) return range;
  const { code, message } = range;
  const from = await firstWithoutRow(opened.log, through + 1, last);
  const rest = from === undefined ? undefined : rangeRow({ from, to: last, code, message, nowMs: range.dueAtMs });
  await commitSurely(parts, opened.log, { remove: [range.sequence], put: rest === undefined ? put : [...put, rest], settlements });
  if (rest === undefined) opened.ledger.removedDead(1);
  destination.rowsAdded(put);
  return rest ?? { ...range, through: range.sequence - 1 };
}

/** Where the rest of a range can stand: a row's place is its own. `undefined`: all that is left has rows. */
async function firstWithoutRow(log: DestinationLog, from: number, last: number): Promise<number | undefined> {
  let first = from;
  while (first <= last) {
    const rows = await log.rows({ after: first - 1, limit: pageRecords, withoutBytes: true });
    const taken = rows.findIndex(({ sequence }, index) => sequence !== first + index);
    if (taken >= 0 || rows.length < pageRecords) {
      first += taken < 0 ? rows.length : taken;
      break;
    }
    first += rows.length;
  }
  return first <= last ? first : undefined;
}

function idOf({ sequence, bytes }: JournalRecord): string {
  const scanned = scanRecord(bytes);
  return scanned.ok ? createRecordView(bytes, scanned.header).header.id : `unreadable-${sequence}`;
}
