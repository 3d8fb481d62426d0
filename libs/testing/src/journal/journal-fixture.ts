import assert from "node:assert/strict";
import type { AppendEntry, DeliveryRow, DestinationLog, Journal, JournalErrorCode, JournalRecord } from "@tapio/journal";
import { JournalError } from "@tapio/journal";
import type { ContractCase } from "../contract-case.ts";
import type { JournalSettings, JournalSubject, JournalUnderTest } from "./journal-subject.ts";

/** What a case has in its hands. */
export interface JournalFixture extends JournalUnderTest {
  /** What the journal's clock shows. */
  readonly clock: { nowMs: number };
}

export const START_MS = 1_700_000_000_000;
export const ANY = { records: 1_000_000, bytes: Infinity } as const;

/** A case that has its own journal; `name` begins with the clause that it checks. */
export function journalCase(
  subject: JournalSubject,
  name: string,
  body: (fixture: JournalFixture) => Promise<void>,
  { dedupeRecords = 1000, dedupeAgeMs = 0 }: Partial<Omit<JournalSettings, "clock">> = {},
): ContractCase {
  return {
    name,
    async run() {
      const clock = { nowMs: START_MS };
      const place = await subject.start({ clock: { now: () => clock.nowMs }, dedupeRecords, dedupeAgeMs });
      try {
        await body({
          journal: place.journal,
          clock,
          reopen: () => place.reopen(),
          crash: () => place.crash(),
          dispose: () => place.dispose(),
        });
      } finally {
        await place.dispose();
      }
    },
  };
}

export function entry(id: string, text = `bytes of ${id}`): AppendEntry {
  return { id, bytes: new TextEncoder().encode(text) };
}

/** Entries `<prefix>1` to `<prefix><count>`. */
export function entries(prefix: string, count: number): AppendEntry[] {
  return Array.from({ length: count }, (_, index) => entry(`${prefix}${index + 1}`));
}

export function text(record: JournalRecord | undefined): string | undefined {
  return record === undefined ? undefined : new TextDecoder().decode(record.bytes);
}

/** 0, which no record has, where there is none. */
export function sequenceOf(result: { readonly sequence: number } | undefined): number {
  return result?.sequence ?? 0;
}

export function bytesOf(bytes: Uint8Array | undefined): number[] {
  return [...(bytes ?? [])];
}

export async function allTexts(journal: Journal): Promise<(string | undefined)[]> {
  return (await journal.read(0, ANY)).map(text);
}

export async function allSequences(journal: Journal): Promise<number[]> {
  return (await journal.read(0, ANY)).map((record) => record.sequence);
}

/** A row with every field set; `change` replaces some. */
export function row(sequence: number, change: Partial<DeliveryRow> = {}): DeliveryRow {
  return {
    sequence,
    recordId: `r${sequence}`,
    state: "waiting",
    attempts: 1,
    firstAttemptAtMs: START_MS,
    dueAtMs: START_MS + sequence,
    code: "unavailable",
    message: "connection refused",
    bytes: new Uint8Array([sequence % 256, 1, 2]),
    ...change,
  };
}

export async function allRows(log: DestinationLog): Promise<readonly DeliveryRow[]> {
  return log.rows({ after: 0, limit: 1_000_000 });
}

export async function rejectsWith(code: JournalErrorCode, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof JournalError, `a JournalError, not ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return true;
  });
}

export async function rejectsAsRange(work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, RangeError);
}
