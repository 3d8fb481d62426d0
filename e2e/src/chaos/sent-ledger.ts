import type { ChaosRecord } from "./chaos-record.ts";
import type { Violation } from "./violation.ts";

/** What producers know of one record. */
export interface SentRecord {
  readonly record: ChaosRecord;
  /** Of the record's bytes as they were sent; absent: it was sent as an occurrence, whose bytes the gateway makes. */
  readonly bytesHash?: string;
  /** `accepted` or `duplicate` was answered. */
  acknowledged: boolean;
  /** As the answers said; an answer to an occurrence does not. */
  sequence: number | undefined;
}

/** What was tried again and again until it is answered, or forgotten. */
export interface Job {
  readonly via: "publish" | "post";
  readonly ids: readonly string[];
  /** Calls that had no answer. */
  failures: number;
}

/** The producers' side of the truth, over all lives of a round. */
export interface SentLedger {
  readonly violations: readonly Violation[];
  readonly records: ReadonlyMap<string, SentRecord>;
  /** Calls that have no answer, for a later life. */
  readonly unanswered: Job[];
  sent(record: ChaosRecord, bytesHash?: string): void;
  /** The number of the next new record, from 1. */
  nextNumber(): number;
  acknowledged(id: string, status: "accepted" | "duplicate", sequence?: number): void;
  violate(violation: Violation): void;
}

export function createSentLedger(): SentLedger {
  const records = new Map<string, SentRecord>();
  const violations: Violation[] = [];
  const accepted = new Set<string>();
  let numbers = 0;
  return {
    violations,
    records,
    unanswered: [],
    sent(record, bytesHash) {
      if (records.has(record.id)) return;
      records.set(record.id, { record, acknowledged: false, sequence: undefined, ...(bytesHash === undefined ? {} : { bytesHash }) });
    },
    nextNumber: () => (numbers += 1),
    acknowledged(id, status, sequence) {
      const known = records.get(id);
      if (known === undefined) return void violations.push({ rule: "invented", text: `an answer names ${id}, which was never sent` });
      if (status === "accepted" && accepted.has(id)) violations.push({ rule: "doubled", text: `${id} was accepted twice` });
      if (status === "accepted") accepted.add(id);
      if (sequence !== undefined && known.sequence !== undefined && known.sequence !== sequence) {
        violations.push({ rule: "doubled", text: `${id} has the sequences ${known.sequence} and ${sequence}` });
      }
      known.acknowledged = true;
      known.sequence ??= sequence;
    },
    violate: (violation) => void violations.push(violation),
  };
}
