import type { Outcome } from "@tapio/integration-core";
import type { DeliveryRow, DestinationChange, Settlement } from "@tapio/journal";
import type { Attempt } from "../src/machine/events.ts";
import { decodeNote, notedEnd } from "../src/machine/settlement-note.ts";
import type { MachineOptions } from "../src/machine/machine-state.ts";

/** A record as the model sees it. */
export interface ModelRecord {
  readonly sequence: number;
  readonly key: string | undefined;
  /** The filter takes it. */
  readonly isWanted: boolean;
  readonly isReadable: boolean;
}

/** What is durable for the destination: this is all that the next process finds. */
export interface Durable {
  cursor: number;
  readonly rows: Map<number, DeliveryRow>;
  readonly ranges: Settlement[];
}

/** How a record ended in this process, whether that is durable or not. */
type End = "delivered" | "skipped" | "dead";

/**
 * What a destination must do, said without a window, a heap or a lane: it only looks at what goes out and what comes back, and objects. A violated rule throws.
 */
export interface DeliveryModel {
  readonly durable: Durable;
  /** Attempts begin: are they allowed? */
  begins(attempt: Attempt): void;
  /** They end. `counts`: a failure that was an attempt. */
  ends(attempt: Attempt, outcomes: readonly Outcome[], isFailedProbe: boolean): void;
  /** A change is about to be written: does it pass only what is settled, and remove only what is done? */
  mayCommit(change: DestinationChange): void;
  apply(change: DestinationChange): void;
  /** An operator replays a dead letter. */
  replay(row: DeliveryRow): void;
  /** Nothing but what is durable is left. */
  crash(): void;
  /**
   * It stopped in order, and wrote what was settled: nothing of that may come again, up to where it had read. Beyond it are rows that a crash left there; they go
   * before they are passed only when nothing can be read.
   */
  stopped(position: number): void;
  readonly inFlight: readonly number[];
  /** Everything has come to rest: what must be true then. */
  atRest(head: number): void;
}

export type ModelOptions = Pick<MachineOptions, "isBatching" | "isOrdered" | "window" | "retry">;

export function must(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`the rule is broken: ${rule}`);
}

export function createDeliveryModel(options: ModelOptions, records: ReadonlyMap<number, ModelRecord>, cursor: number): DeliveryModel {
  const durable: Durable = { cursor, rows: new Map(), ranges: [] };
  const ends = new Map<number, End>();
  const attempts = new Map<number, number>();
  const everDelivered = new Set<number>();
  const reasons = new Map<number, string>();
  const replayed = new Set<number>();
  const settledForGood = new Set<number>();
  const inFlight = new Map<number, Attempt>();
  const { window, isBatching, isOrdered, retry } = options;

  /** Nobody has to deliver it any more: what is durable says so, a row before the cursor, or what this process saw. */
  const isDone = (sequence: number): boolean => {
    const row = durable.rows.get(sequence);
    return ends.has(sequence) || (row === undefined ? sequence <= durable.cursor : row.state === "dead");
  };
  const attemptsOf = (sequence: number): number => attempts.get(sequence) ?? durable.rows.get(sequence)?.attempts ?? 0;

  function mayBegin(attempt: Attempt, sequence: number, number: number): void {
    const record = records.get(sequence);
    must(record?.isReadable === true, `sequence ${sequence} is attempted and is no record that can be read`);
    must(record.isWanted || durable.rows.has(sequence), `sequence ${sequence} is attempted and the filter does not take it`);
    must(!inFlight.has(sequence), `sequence ${sequence} is in flight twice`);
    must(!settledForGood.has(sequence), `sequence ${sequence} is attempted again after an orderly stop`);
    must(!isDone(sequence), `sequence ${sequence} is attempted again after it was settled`);
    must(number === attemptsOf(sequence) + 1, `sequence ${sequence}: attempt ${number} after ${attemptsOf(sequence)} attempts`);
    inFlight.set(sequence, attempt);
    if (!isOrdered || record.key === undefined) return;
    for (const other of records.values()) {
      if (other.key !== record.key || other.sequence === sequence) continue;
      must(!inFlight.has(other.sequence), `sequences ${sequence} and ${other.sequence} of the key ${record.key} are in flight together`);
      const comesFirst = other.sequence < sequence && other.isWanted && other.isReadable && !replayed.has(other.sequence);
      // What was settled before a crash goes again, and may do so behind its successor: the order is that of the first deliveries.
      const wasDone = everDelivered.has(other.sequence) || reasons.has(other.sequence) || isDone(other.sequence);
      must(!comesFirst || wasDone, `sequence ${sequence} overtakes ${other.sequence} of the key ${record.key}`);
    }
  }

  return {
    durable,
    get inFlight() {
      return [...inFlight.keys()];
    },
    begins(attempt) {
      for (const { sequence, attempt: number } of attempt.deliveries) mayBegin(attempt, sequence, number);
      const size = attempt.deliveries.length;
      must(size >= 1 && size <= (isBatching ? window.maxBatchRecords : 1), `${size} records in one attempt`);
      must(inFlight.size <= window.maxInFlightRecords, `${inFlight.size} records are in flight`);
      const open = new Set(inFlight.values());
      must(open.size <= window.maxConcurrentAttempts, `${open.size} attempts are in flight`);
      const bytes = [...open].reduce((sum, one) => sum + one.bytes, 0);
      must(bytes <= window.maxInFlightBytes || inFlight.size === 1, `${bytes} bytes are in flight`);
    },
    ends(attempt, outcomes, isFailedProbe) {
      for (const [index, { sequence, attempt: number }] of attempt.deliveries.entries()) {
        const outcome = outcomes[index];
        inFlight.delete(sequence);
        if (outcome === undefined || isFailedProbe) continue;
        if (outcome.kind !== "failed") {
          ends.set(sequence, outcome.kind);
          if (outcome.kind === "skipped") reasons.set(sequence, outcome.reason);
          else everDelivered.add(sequence);
          continue;
        }
        const { code } = outcome.error;
        if (code === "canceled" || code === "gone" || code === "config_invalid") continue;
        attempts.set(sequence, number);
        if (code === "record_invalid" || (code !== "access_denied" && number >= retry.maxAttempts)) ends.set(sequence, "dead");
      }
    },
    mayCommit(change) {
      const to = change.cursor ?? durable.cursor;
      must(to >= durable.cursor, `the cursor goes back from ${durable.cursor} to ${to}`);
      const put = new Map((change.put ?? []).map((row) => [row.sequence, row]));
      for (const { sequence, isWanted, isReadable } of records.values()) {
        if (sequence <= durable.cursor || sequence > to) continue;
        const end = ends.get(sequence);
        const isSettled = end === "delivered" || end === "skipped" || put.has(sequence) || durable.rows.has(sequence);
        must(isSettled || (isReadable && !isWanted), `the cursor passes sequence ${sequence}, which is not settled`);
      }
      for (const sequence of change.remove ?? []) {
        const end = ends.get(sequence);
        must(end === "delivered" || end === "skipped", `the row of sequence ${sequence} is removed, and it is not delivered`);
      }
      for (const row of put.values()) {
        must(
          row.attempts === attemptsOf(row.sequence),
          `sequence ${row.sequence}: a row of ${row.attempts} attempts, not ${attemptsOf(row.sequence)}`,
        );
        const end = ends.get(row.sequence);
        must(end !== "delivered" && end !== "skipped", `sequence ${row.sequence} was settled and gets a ${row.state} row`);
        const isGivenUp = end === "dead" || records.get(row.sequence)?.isReadable === false;
        must((row.state === "dead") === isGivenUp, `sequence ${row.sequence}: its row is ${row.state} and its end is ${end ?? "open"}`);
      }
      const range = change.settlements?.filter(({ isLate }) => !isLate) ?? [];
      const expected = to > durable.cursor ? [[durable.cursor + 1, to]] : [];
      must(
        JSON.stringify(range.map(({ from, to: last }) => [from, last])) === JSON.stringify(expected),
        "one settlement covers what the cursor passes",
      );
    },
    apply(change) {
      durable.cursor = change.cursor ?? durable.cursor;
      for (const sequence of change.remove ?? []) durable.rows.delete(sequence);
      for (const row of change.put ?? []) durable.rows.set(row.sequence, row);
      durable.ranges.push(...(change.settlements?.filter(({ isLate }) => !isLate) ?? []));
    },
    replay(row) {
      durable.rows.set(row.sequence, row);
      ends.delete(row.sequence);
      attempts.set(row.sequence, 0);
      replayed.add(row.sequence);
    },
    stopped(position) {
      for (const [sequence, end] of ends) if (end !== "dead" && sequence <= position) settledForGood.add(sequence);
    },
    crash() {
      ends.clear();
      attempts.clear();
      inFlight.clear();
    },
    atRest(head) {
      must(durable.cursor === head, `the cursor rests at ${durable.cursor}, and the head is ${head}`);
      for (const { sequence, isWanted, isReadable } of records.values()) {
        const row = durable.rows.get(sequence);
        must(row === undefined || row.state === "dead", `sequence ${sequence} still has a ${row?.state} row`);
        const isOver = everDelivered.has(sequence) || reasons.has(sequence) || row !== undefined;
        must(
          isOver === (isWanted || !isReadable),
          `sequence ${sequence}, ${isWanted ? "wanted" : "not wanted"}: delivered, skipped or dead is ${isOver}`,
        );
        const range = durable.ranges.find(({ from, to }) => from <= sequence && sequence <= to);
        must(range !== undefined, `no settlement tells of sequence ${sequence}`);
        const noted = notedEnd(decodeNote(range), range.from, sequence);
        if (!isWanted && isReadable)
          must(noted.kind === "skipped" && noted.reason === "not wanted", `sequence ${sequence} is noted as ${noted.kind}`);
        if (row !== undefined) must(noted.kind === "held", `sequence ${sequence} has a row and is noted as ${noted.kind}`);
        if (noted.kind === "delivered") must(everDelivered.has(sequence), `sequence ${sequence} is noted as delivered`);
        if (noted.kind === "skipped" && isWanted)
          must(reasons.get(sequence) === noted.reason, `sequence ${sequence} is noted as skipped: ${noted.reason}`);
      }
    },
  };
}
