import type { RecordKind } from "@tapio/contracts/domain/v1/record";
import type { Severity } from "@tapio/contracts/domain/v1/types";

/** What routing needs to know of a record, read from its encoded bytes without a full decode. */
export interface RecordHeader {
  readonly kind: RecordKind;
  /** Matches `[A-Za-z0-9_-]{1,128}`. */
  readonly id: string;
  /** Seconds of the record's `time` since 1970-01-01T00:00:00Z. */
  readonly timeSeconds: number;
  /** Nanoseconds within that second, 0 to 999,999,999. */
  readonly timeNanos: number;
  /** Dotted type, e.g. `kernel.container.oom_kill`. */
  readonly type: string;
  readonly severity: Severity;
  /** Distinct, non-empty namespaces of the record's resources, in their order. */
  readonly namespaces: readonly string[];
}

/** Why a record can never be accepted. */
export interface RecordProblem {
  /** Path of the field, as in the `.proto`, e.g. `event.severity`. */
  readonly field: string;
  /** What is wrong, and what to do. */
  readonly reason: string;
}
