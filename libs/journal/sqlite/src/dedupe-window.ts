import type { DatabaseSync } from "node:sqlite";
import type { GroupFacts } from "./group-checksum.ts";
import { createIdMemory, type IdMemory } from "./id-memory.ts";
import { TABLE_WORDS } from "./messages.ts";
import { wordsOf } from "./record-groups.ts";
import { FACT_COLUMNS, factsOf } from "./stored-group.ts";
import { type GroupRow, walkGroups } from "./walk-groups.ts";

export interface DedupeLimits {
  /** How many of the last ids are recognised. */
  readonly dedupeRecords: number;
  /** How long, by the time of their append; 0: however old. */
  readonly dedupeAgeMs: number;
}

/** The ids that are recognised: the last ones by count, and by age where that is bounded. */
export interface DedupeWindow {
  readonly ids: IdMemory;
  /** Forgets what is too old at `nowMs`. */
  expire(nowMs: number): void;
  /** Tells when the records up to `sequence` were appended; in their order. */
  mark(sequence: number, appendedAtMs: number): void;
  /** Reads the stored ids up to `head` back, in place of what is remembered. */
  recall(head: number): void;
}

/** The age is kept to within this part of it: an id may be recognised that much longer. */
const AGE_STEPS = 1024;

interface Mark {
  last: number;
  /** The newest of its records. */
  atMs: number;
  readonly startMs: number;
}

export function createDedupeWindow(db: DatabaseSync, { dedupeRecords, dedupeAgeMs }: DedupeLimits): DedupeWindow {
  const ids = createIdMemory(dedupeRecords);
  const groupAt = db.prepare("SELECT first_sequence FROM record_group WHERE first_sequence <= ? ORDER BY first_sequence DESC LIMIT 1");
  let marks: Mark[] = [];

  const mark = (sequence: number, appendedAtMs: number) => {
    if (dedupeAgeMs === 0) return;
    const newest = marks.at(-1);
    if (newest !== undefined && appendedAtMs - newest.startMs < dedupeAgeMs / AGE_STEPS) {
      newest.last = sequence;
      newest.atMs = appendedAtMs;
    } else {
      marks.push({ last: sequence, atMs: appendedAtMs, startMs: appendedAtMs });
    }
  };

  return {
    ids,
    mark,
    expire(nowMs) {
      if (dedupeAgeMs === 0) return;
      const young = marks.findIndex(({ atMs }) => atMs >= nowMs - dedupeAgeMs);
      const old = marks.splice(0, young < 0 ? marks.length : young).at(-1);
      if (old !== undefined) ids.forgetUpTo(old.last);
    },
    recall(head) {
      ids.forgetNewest(ids.size);
      marks = [];
      const from = Number(groupAt.get(Math.max(1, head - dedupeRecords + 1))?.first_sequence ?? 1);
      for (const row of walkGroups(db, FACT_COLUMNS, from)) {
        const facts = intactFacts(row);
        if (facts === undefined) continue;
        const words = wordsOf(facts.entries);
        for (let record = 0; record * TABLE_WORDS < words.length; record++) {
          // One that was written again once it had been forgotten is in there twice: the later one stays when the earlier is forgotten.
          ids.remember(words, record * TABLE_WORDS, facts.first + record);
        }
        mark(facts.first + facts.count - 1, facts.appendedAtMs);
      }
    },
  };
}

/** A damaged group is passed over: its ids are not recognised, so that what is sent again is kept again. */
function intactFacts(row: GroupRow): GroupFacts | undefined {
  try {
    return factsOf(row);
  } catch {
    return undefined;
  }
}
