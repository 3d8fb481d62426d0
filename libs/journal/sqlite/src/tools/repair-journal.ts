import { renameSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";
import type { SequenceRange } from "@tapio/journal";
import { syncPath } from "../folder.ts";
import { bodyCrc, factsCrc, type GroupFacts } from "../group-checksum.ts";
import { ensureSchema } from "../schema.ts";
import { toJournalError } from "../sqlite-error.ts";
import { GROUP_COLUMNS } from "../stored-group.ts";
import { walkGroups } from "../walk-groups.ts";
import { checkJournal, type JournalReport } from "./check-journal.ts";
import { judgeGroup, readablePosition } from "./check-records.ts";
import { copyDestinations } from "./copy-destinations.ts";
import { makeTarget, type OnProgress, openInspected } from "./inspected-file.ts";

export interface RepairOptions {
  /** The folder of the repaired journal; must be new or empty. */
  readonly to: string;
  readonly onProgress?: OnProgress | undefined;
}

export interface RepairReport {
  /** Of the repaired journal, whose `lost` says which records could not be saved, now or by an earlier repair. */
  readonly repaired: JournalReport;
  /** What else could not be saved, for people. */
  readonly losses: readonly string[];
}

/**
 * Copies everything that can be read as it was written into a new journal, which a gateway can be started on. Records that are lost leave
 * a gap in the sequences, which no later record fills: cursors mean what they meant. The original is not changed.
 * @throws JournalError when nothing can be read at all, or the copy cannot be written.
 */
export async function repairJournal(path: string, { to, onProgress = () => undefined }: RepairOptions): Promise<RepairReport> {
  const from = openInspected(path);
  const losses: string[] = [];
  try {
    const file = makeTarget(to);
    const partial = `${file}.partial`;
    const copy = new DatabaseSync(partial);
    try {
      ensureSchema(partial, copy);
      // One state of the original, whatever a running gateway does meanwhile.
      from.exec("BEGIN");
      copy.exec("BEGIN");
      const reached = copyDestinations(from, copy, losses);
      await copyGroups(from, copy, reached, onProgress);
      copy.exec("COMMIT");
    } finally {
      copy.close();
    }
    syncPath(partial);
    renameSync(partial, file);
    syncPath(to);
  } catch (error) {
    throw toJournalError(`repair ${path} into ${to}`, error);
  } finally {
    from.close();
  }
  const repaired = await checkJournal(to, { onProgress: ({ done, total }) => onProgress({ phase: "check", done, total }) });
  return { repaired, losses };
}

/** `reached` is the last sequence that a destination's log speaks of: the head is not below it, even where the last groups are lost. */
async function copyGroups(from: DatabaseSync, copy: DatabaseSync, reached: number, onProgress: OnProgress): Promise<void> {
  const { trimmedTo, head: readableHead } = readablePosition(from);
  const head = Math.max(readableHead, reached);
  const insert = copy.prepare("INSERT INTO record_group VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  let bytesThrough = 0;
  let appendedAtMs = 0;
  let expected = trimmedTo + 1;
  const put = (facts: Omit<GroupFacts, "bytesThrough">, body: Uint8Array | null) => {
    bytesThrough += body?.length ?? 0;
    const { first, count, entries } = facts;
    const crcs = [factsCrc({ ...facts, bytesThrough }), body === null ? 0 : bodyCrc(body)] as const;
    insert.run(first, count, facts.appendedAtMs, bytesThrough, ...crcs, entries, body);
    ({ appendedAtMs } = facts);
  };
  const fill = ({ from: first, to }: SequenceRange) => {
    if (first <= to) put({ first, count: to - first + 1, appendedAtMs, entries: new Uint8Array(0) }, null);
  };

  copy.prepare("UPDATE journal SET trimmed_to = ?").run(trimmedTo);
  for (const row of walkGroups(from, GROUP_COLUMNS, 0)) {
    const judged = judgeGroup(row, trimmedTo);
    if (judged.kind === "damaged" || judged.kind === "lost") continue;
    const { facts } = judged;
    if (judged.kind === "whole") {
      fill({ from: expected, to: facts.first - 1 });
      expected = facts.first + facts.count;
    }
    put(facts, judged.kind === "whole" ? judged.group.body : null);
    onProgress({ phase: "records", done: expected - trimmedTo - 1, total: head - trimmedTo });
    await nextTurn();
  }
  fill({ from: expected, to: head });
}
