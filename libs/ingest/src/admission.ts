import {
  Overloaded,
  type Clock,
  type HealthStatus,
  type Meter,
  type RecordSink,
  type SubmitCall,
  type SubmitResult,
  type SubmittedRecord,
} from "@tapio/integration-core";
import { asciiText, checkRecord } from "@tapio/domain";
import { JournalError, type AppendEntry, type AppendResult, type Journal } from "@tapio/journal";
import { createAdmissionMetrics, type AdmissionMetrics } from "./admission-metrics.ts";

export interface AdmissionLimits {
  /** The largest record, in bytes. */
  readonly recordBytesMax: number;
  /** Record bytes that may wait for their commit at once; past it callers are told to come later. */
  readonly pendingBytesMax: number;
}

export const defaultAdmissionLimits: AdmissionLimits = { recordBytesMax: 1024 * 1024, pendingBytesMax: 64 * 1024 * 1024 };

export interface AdmissionOptions {
  readonly journal: Pick<Journal, "append">;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly limits?: AdmissionLimits;
  /** Asked before each append: why nothing is taken now, e.g. a destination that has fallen too far behind. */
  pressure?(): Pressure | undefined;
}

/** Nothing is taken now, whatever the journal has room for. */
export interface Pressure {
  readonly message: string;
  readonly retryAfterMs: number;
}

/** The door to the journal. */
export interface Admission extends RecordSink {
  /**
   * Unhealthy for a few seconds after a group that the journal refused: callers that ask first must come again, since nobody else would find
   * out that it is over. What lasts is for the journal's `condition` to say.
   */
  health(): HealthStatus;
  /** What waits for its commit now, for metrics. */
  pending(): { readonly groups: number; readonly bytes: number };
  /** Takes nothing more, and resolves when what was taken is committed. */
  close(): Promise<void>;
}

/** How long a caller is told to wait: the journal is behind, or has failed. */
const busyRetryMs = 1_000;
const failedRetryMs = 5_000;

/** Judges each record alone, by its scan and the limits, and appends those that pass as one group. */
export function createAdmission(options: AdmissionOptions): Admission {
  const limits = options.limits ?? defaultAdmissionLimits;
  const metrics = createAdmissionMetrics(options.meter);
  const idle: (() => void)[] = [];
  let pendingGroups = 0;
  let pendingBytes = 0;
  let closing = false;
  let failure: Failure | undefined;

  const append = async (entries: readonly AppendEntry[], bytes: number): Promise<readonly AppendResult[]> => {
    pendingBytes += bytes;
    pendingGroups += 1;
    const startedAtMs = options.clock.now();
    try {
      const results = await options.journal.append(entries);
      failure = undefined;
      metrics.durable((options.clock.now() - startedAtMs) / 1_000);
      return results;
    } catch (reason) {
      failure = failureOf(reason, options.clock.now());
      throw overloadedBy(reason);
    } finally {
      pendingBytes -= bytes;
      pendingGroups -= 1;
      if (pendingGroups === 0) for (const done of idle.splice(0)) done();
    }
  };

  return {
    async submit(batch: readonly SubmittedRecord[], call: SubmitCall): Promise<readonly SubmitResult[]> {
      const judged = judge(batch, limits);
      if (closing) throw refuse(metrics, call.source, batch.length, new Overloaded("the gateway is shutting down", busyRetryMs));
      if (judged.bytes > 0 && pendingBytes > 0 && pendingBytes + judged.bytes > limits.pendingBytesMax) {
        throw refuse(metrics, call.source, batch.length, new Overloaded("too much is waiting to be written", busyRetryMs));
      }
      const pressure = judged.entries.length === 0 ? undefined : options.pressure?.();
      if (pressure !== undefined) {
        throw refuse(metrics, call.source, batch.length, new Overloaded(pressure.message, pressure.retryAfterMs));
      }
      try {
        const appended = judged.entries.length === 0 ? [] : await append(judged.entries, judged.bytes);
        const results = merge(judged, appended);
        metrics.count(call.source, results);
        return results;
      } catch (reason) {
        throw refuse(metrics, call.source, batch.length, reason);
      }
    },
    health() {
      return healthOf(closing, failure, options.clock.now());
    },
    pending: () => ({ groups: pendingGroups, bytes: pendingBytes }),
    async close() {
      closing = true;
      if (pendingGroups > 0) await new Promise<void>((done) => idle.push(done));
    },
  };
}

type Rejection = Extract<SubmitResult, { readonly status: "rejected" }>;

interface Failure {
  readonly message: string;
  readonly atMs: number;
}

function failureOf(reason: unknown, nowMs: number): Failure {
  return { message: reason instanceof Error ? reason.message : String(reason), atMs: nowMs };
}

function healthOf(closing: boolean, failure: Failure | undefined, nowMs: number): HealthStatus {
  if (closing) return { healthy: false, message: "shutting down", details: {} };
  if (failure === undefined) return { healthy: true, message: "", details: {} };
  return { healthy: nowMs - failure.atMs >= failedRetryMs, message: failure.message, details: {} };
}

interface Judged {
  readonly entries: readonly AppendEntry[];
  readonly bytes: number;
  /** Per submitted record its rejection, or `undefined` for those in `entries`; `undefined` when none was rejected. */
  readonly rejections: readonly (SubmitResult | undefined)[] | undefined;
}

function judge(batch: readonly SubmittedRecord[], limits: AdmissionLimits): Judged {
  const entries: AppendEntry[] = [];
  let rejections: (SubmitResult | undefined)[] | undefined;
  let bytes = 0;
  for (let index = 0; index < batch.length; index++) {
    const submitted = batch[index];
    if (submitted === undefined) continue;
    const judged = judgeOne(submitted, limits);
    if ("bytes" in judged) {
      entries.push(judged);
      bytes += judged.bytes.byteLength;
    } else {
      rejections ??= Array<undefined>(batch.length).fill(undefined);
      rejections[index] = judged;
    }
  }
  return { entries, bytes, rejections };
}

function judgeOne(submitted: SubmittedRecord, { recordBytesMax }: AdmissionLimits): AppendEntry | Rejection {
  if ("problem" in submitted) return { status: "rejected", ...submitted.problem };
  const { bytes } = submitted;
  if (bytes.byteLength > recordBytesMax) {
    const reason = `is ${bytes.byteLength} bytes; the limit is ${recordBytesMax} (ingest.max_record_bytes)`;
    return { status: "rejected", field: "record", reason };
  }
  const check = checkRecord(bytes);
  if (!check.ok) return { status: "rejected", ...check.problem };
  return { id: asciiText(bytes, check.idStart, check.idEnd), bytes };
}

function merge({ entries, rejections }: Judged, appended: readonly AppendResult[]): readonly SubmitResult[] {
  if (appended.length !== entries.length) throw new Error(`the journal answered ${entries.length} entries with ${appended.length} results`);
  const taken = appended.map((result, index): SubmitResult => {
    return { status: result.duplicate ? "duplicate" : "accepted", id: entries[index]?.id ?? "", sequence: result.sequence };
  });
  if (rejections === undefined) return taken;
  let next = 0;
  return rejections.flatMap((rejection) => rejection ?? taken[next++] ?? []);
}

/** A journal that cannot take records is the caller's reason to come later, whatever the cause: nothing is lost by waiting. */
function overloadedBy(reason: unknown): unknown {
  if (!(reason instanceof JournalError)) return reason;
  const overloaded = new Overloaded(`the journal cannot be written (${reason.code}): ${reason.message}`, failedRetryMs);
  overloaded.cause = reason;
  return overloaded;
}

function refuse(metrics: AdmissionMetrics, source: string, records: number, reason: unknown): unknown {
  metrics.refused(source, records);
  return reason;
}
