import { scanRecord } from "@tapio/domain";
import type { LogRecord, RecordLog } from "../core/interfaces.ts";

/** A record log in memory that tests write to, trim and inspect. */
export interface MemoryLog extends RecordLog {
  append(bytes: Uint8Array, appendedAtMs?: number): number;
  /** Leaves a gap in the sequences. */
  skip(count: number): void;
  trimTo(sequence: number): void;
  /** Makes these unreadable, for so many reads. */
  damage(from: number, to: number, code?: "corrupt" | "io", reads?: number): void;
  /** Makes `find` give this sequence for this id, as for two ids with the same hash. */
  mistake(id: string, sequence: number): void;
  /** Makes the next read fail. */
  failNextRead(error: Error): void;
  /** How many wait for a record now. */
  waiterCount(): number;
  readCount(): number;
}

export function createMemoryLog(): MemoryLog {
  let records: LogRecord[] = [];
  let head = 0;
  let first = 1;
  let reads = 0;
  let failure: Error | undefined;
  const waiters = new Set<() => void>();
  const damaged: { from: number; to: number; code: string; left: number }[] = [];
  const failAtDamage = (sequence: number | undefined): void => {
    const range = damaged.find(({ from, to, left }) => sequence !== undefined && from <= sequence && sequence <= to && left > 0);
    if (range === undefined) return;
    range.left -= 1;
    const error = new Error(`the group at ${range.from} is damaged`);
    throw Object.assign(error, { name: "JournalError", code: range.code, damaged: { from: range.from, to: range.to } });
  };
  const mistaken = new Map<string, number>();
  return {
    durability: "memory",
    append(bytes, appendedAtMs = 1_000) {
      head += 1;
      records.push({ sequence: head, appendedAtMs, bytes });
      for (const wake of [...waiters]) wake();
      return head;
    },
    skip: (count) => {
      head += count;
    },
    trimTo(sequence) {
      first = sequence + 1;
      records = records.filter((record) => record.sequence > sequence);
    },
    damage: (from, to, code = "corrupt", reads = Infinity) => void damaged.push({ from, to, code, left: reads }),
    mistake: (id, sequence) => void mistaken.set(id, sequence),
    failNextRead: (error) => {
      failure = error;
    },
    waiterCount: () => waiters.size,
    readCount: () => reads,
    async read(after, limit) {
      reads += 1;
      const error = failure;
      failure = undefined;
      if (error !== undefined) throw error;
      let bytes = 0;
      const above = records.filter((record) => record.sequence > after);
      failAtDamage(above[0]?.sequence);
      const end = above.findIndex(({ sequence }) => damaged.some(({ from, left }) => from === sequence && left > 0));
      return above
        .slice(0, end === -1 ? undefined : end)
        .slice(0, limit.records)
        .filter((record, index) => (bytes += record.bytes.byteLength) <= limit.bytes || index === 0);
    },
    get: async (sequence) => {
      failAtDamage(sequence);
      return records.find((record) => record.sequence === sequence);
    },
    find: async (id) => mistaken.get(id) ?? records.findLast((record) => idOf(record) === id)?.sequence,
    async sequenceBefore(atMs) {
      return records.findLast((record) => record.appendedAtMs < atMs)?.sequence ?? 0;
    },
    waitPast(sequence, signal) {
      return new Promise<void>((resolve, reject) => {
        const settle = (): void => {
          if (!signal.aborted && !records.some((record) => record.sequence > sequence)) return;
          waiters.delete(settle);
          signal.removeEventListener("abort", settle);
          if (signal.aborted) reject(signal.reason as Error);
          else resolve();
        };
        waiters.add(settle);
        signal.addEventListener("abort", settle);
        settle();
      });
    },
    bounds: () => ({ first, head }),
  };
}

function idOf({ bytes }: LogRecord): string | undefined {
  const scan = scanRecord(bytes);
  return scan.ok ? scan.header.id : undefined;
}
