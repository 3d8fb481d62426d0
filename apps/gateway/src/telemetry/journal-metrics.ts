import type { Meter } from "@tapio/integration-core";
import type { Journal, JournalCondition } from "@tapio/journal";

export interface JournalMetricsOptions {
  readonly journal: Pick<Journal, "bounds" | "condition" | "usage">;
  readonly meter: Meter;
  /** What waits for its commit. */
  pending(): { readonly groups: number; readonly bytes: number };
  /** Bytes that are free on the journal's disk; `undefined` where it has none, or they are not known. */
  freeBytes(): Promise<number | undefined>;
}

const states: readonly JournalCondition["state"][] = ["ok", "low_space", "full", "recovering", "failed"];

/** The journal's gauges, as they are at each scrape. Call what it returns before rendering; it never rejects. */
export function createJournalMetrics({ journal, meter, pending, freeBytes }: JournalMetricsOptions): () => Promise<void> {
  const head = meter.gauge("tapio_journal_head_sequence", "Sequence of the newest record in the journal.");
  const first = meter.gauge("tapio_journal_first_sequence", "Sequence of the oldest record that the journal keeps.");
  const bytes = meter.gauge("tapio_journal_record_bytes", "Bytes of the records that the journal keeps.");
  const fill = meter.gauge("tapio_journal_fill_ratio", "How full the journal is by its own bound, from 0 to 1; 0 when it has none.");
  const free = meter.gauge("tapio_journal_disk_free_bytes", "Bytes that are free on the journal's disk.");
  const waitingGroups = meter.gauge("tapio_ingest_pending_groups", "Submissions that wait for their commit.");
  const waitingBytes = meter.gauge("tapio_ingest_pending_bytes", "Bytes of records that wait for their commit.");
  const condition = meter.gauge("tapio_journal_condition", "1 for the state that the journal is in.", ["state"]);
  return async () => {
    const { groups, bytes: pendingBytes } = pending();
    waitingGroups.set(groups);
    waitingBytes.set(pendingBytes);
    const { state } = journal.condition();
    for (const name of states) condition.set(name === state ? 1 : 0, { state: name });
    const bounds = journal.bounds();
    head.set(bounds.head);
    first.set(bounds.first);
    const [usage, freeNow] = await Promise.all([journal.usage().catch(() => undefined), freeBytes().catch(() => undefined)]);
    if (freeNow !== undefined) free.set(freeNow);
    if (usage === undefined) return;
    bytes.set(usage.recordBytes);
    fill.set(usage.fill);
  };
}
