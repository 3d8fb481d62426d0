import type { DeliveryRow, DestinationChange } from "@tapio/journal";

export interface ModelRecord {
  readonly sequence: number;
  readonly id: string;
  /** By which ordered destinations order it. */
  readonly key: string;
  readonly type: string;
  /** The journal has it no more. A parked row, which has no copy of it, then becomes a dead letter: its destination was removed meanwhile. */
  isTrimmed?: boolean;
}

/** What the model must know of a destination. */
export interface ModelSettings {
  readonly isOrdered: boolean;
  readonly isStateful: boolean;
  readonly maxInFlightRecords: number;
  readonly maxAttempts: number;
}

/** One attempt of one record, as its receiver sees it. */
export interface ModelArrival {
  readonly sequence: number;
  readonly attempt: number;
  /** It was answered, or nobody waits for the answer any more. */
  isOver(): boolean;
}

/** How the receiver answered. */
export type ModelAnswer = "delivered" | "skipped" | "refused" | "failed" | "nothing";

export type Fate = "delivered" | "skipped" | "dead";

/** One destination as it has to be. What breaks a rule throws. */
export interface DestinationModel {
  readonly name: string;
  readonly settings: ModelSettings;
  readonly cursor: number;
  readonly rows: ReadonlyMap<number, DeliveryRow>;
  /** An operator stopped it. */
  isStopped: boolean;
  /** An operator gives dead letters up just now. */
  isDiscarding: boolean;
  /** The types of records that it takes; two lists while a new configuration is being applied. Empty: all. */
  filters: readonly (readonly string[])[];
  arrives(arrival: ModelArrival): void;
  answers(arrival: ModelArrival, answer: ModelAnswer): void;
  /** Before a change is written: may it be? */
  mayCommit(change: DestinationChange): void;
  /** `isKnown`: the process was told so. */
  written(change: DestinationChange, isKnown: boolean): void;
  /** A crash, or a commit that failed: what was delivered until now may come again. */
  fault(): void;
  /** The process ended, in whatever way. */
  ended(): void;
  /** How this record may have ended; empty: it has not. */
  fatesOf(record: ModelRecord): ReadonlySet<Fate>;
}

export function must(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`the rule is broken: ${rule}`);
}

/** Everything that is known of one destination. */
interface Known {
  readonly name: string;
  readonly settings: ModelSettings;
  readonly records: ReadonlyMap<number, ModelRecord>;
  cursor: number | undefined;
  /** As far as the process knows: a commit that failed may have been written. */
  believedCursor: number;
  readonly rows: Map<number, DeliveryRow>;
  /** Before its first cursor. */
  start: number;
  readonly skipped: Set<number>;
  readonly filtered: Set<number>;
  readonly discarded: Set<number>;
  readonly lost: { from: number; to: number }[];
  /** With the count of faults at that moment. */
  readonly taken: Map<number, number>;
  /** Given up in this process, perhaps not durably. */
  readonly deadNow: Set<number>;
  readonly replayed: Set<number>;
  inFlight: ModelArrival[];
  faults: number;
}

export function createDestinationModel(name: string, settings: ModelSettings, records: ReadonlyMap<number, ModelRecord>): DestinationModel {
  const known: Known = {
    ...{ name, settings, records, cursor: undefined, believedCursor: 0, rows: new Map(), start: 0, faults: 0, inFlight: [] },
    ...{
      skipped: new Set(),
      filtered: new Set(),
      discarded: new Set(),
      lost: [],
      taken: new Map(),
      deadNow: new Set(),
      replayed: new Set(),
    },
  };
  const model: DestinationModel = {
    ...{ name, settings },
    get cursor() {
      return known.cursor ?? 0;
    },
    rows: known.rows,
    ...{ isStopped: false, isDiscarding: false, filters: [[]] },
    arrives(arrival) {
      must(!model.isStopped, `${name}: sequence ${arrival.sequence} is attempted while an operator has it stopped`);
      arrives(known, model, arrival);
    },
    answers(arrival, answer) {
      const { sequence, attempt } = arrival;
      if (answer === "delivered") known.taken.set(sequence, known.faults);
      if (answer === "skipped") known.skipped.add(sequence);
      if (answer === "refused" || (answer === "failed" && attempt >= settings.maxAttempts)) known.deadNow.add(sequence);
    },
    mayCommit: (change) => mayCommit(known, model, change),
    written(change, isKnown) {
      written(known, model, change);
      if (isKnown) known.believedCursor = known.cursor ?? 0;
    },
    fault() {
      known.faults += 1;
    },
    ended() {
      known.inFlight = [];
      known.deadNow.clear();
      known.believedCursor = known.cursor ?? 0;
    },
    fatesOf: ({ sequence }) => fatesOf(known, sequence),
  };
  return model;
}

function arrives(known: Known, model: DestinationModel, arrival: ModelArrival): void {
  const { name, settings, rows, records, taken, replayed } = known;
  const { sequence, attempt } = arrival;
  const row = rows.get(sequence);
  const where = `${name}: sequence ${sequence}`;
  if (!settings.isStateful) {
    must(row === undefined ? sequence > known.believedCursor : row.state !== "dead", `${where} is attempted and was settled`);
    must(attempt === (row?.attempts ?? 0) + 1, `${where}: attempt ${attempt}, and its row counts ${row?.attempts ?? 0}`);
    const takenAt = taken.get(sequence);
    must(takenAt === undefined || takenAt < known.faults, `${where} is attempted again, though nothing failed since it was delivered`);
  }
  known.inFlight = [...known.inFlight.filter((one) => !one.isOver()), arrival];
  must(known.inFlight.length <= settings.maxInFlightRecords, `${name}: ${known.inFlight.length} records are in flight`);
  const key = records.get(sequence)?.key;
  if (!settings.isOrdered || key === undefined || replayed.has(sequence)) return;
  for (const other of records.values()) {
    if (
      other.sequence >= sequence ||
      other.key !== key ||
      other.sequence <= known.start ||
      replayed.has(other.sequence) ||
      isUnwanted(model, other) ||
      (other.isTrimmed === true && rows.get(other.sequence)?.state === "parked")
    )
      continue;
    must(isDone(known, other.sequence), `${where} overtakes ${other.sequence} of its key`);
  }
}

function isUnwanted({ filters }: DestinationModel, { type }: Pick<ModelRecord, "type">): boolean {
  return filters.some((types) => types.length > 0 && !types.includes(type));
}

/** Nobody has to deliver it any more. What was settled before a crash goes again, and may do so behind its successor. */
function isDone(known: Known, sequence: number): boolean {
  const { taken, skipped, deadNow, filtered } = known;
  if (taken.has(sequence) || skipped.has(sequence) || deadNow.has(sequence) || filtered.has(sequence)) return true;
  const row = known.rows.get(sequence);
  return row === undefined ? sequence <= (known.cursor ?? 0) : row.state === "dead";
}

function mayCommit(known: Known, model: DestinationModel, change: DestinationChange): void {
  const { name, rows, taken, skipped, discarded, records } = known;
  const before = known.cursor;
  const to = change.cursor ?? before ?? 0;
  must(to >= (before ?? 0), `${name}: the cursor goes back from ${before} to ${to}`);
  const put = new Map((change.put ?? []).map((row) => [row.sequence, row]));
  const ranges = [...put.values()].filter(({ through }) => through !== undefined);
  const isCovered = (sequence: number): boolean =>
    ranges.some(({ sequence: from, through }) => from <= sequence && sequence <= (through ?? from));
  for (const { sequence, type } of records.values()) {
    if (before === undefined || sequence <= before || sequence > to) continue;
    const hasRow = put.has(sequence) || rows.has(sequence) || isCovered(sequence);
    // A dead letter may be discarded before the cursor passes it.
    const isSettled = taken.has(sequence) || skipped.has(sequence) || discarded.has(sequence) || hasRow;
    const isFiltered = isUnwanted(model, { type });
    if (isFiltered) known.filtered.add(sequence);
    must(isSettled || isFiltered, `${name}: the cursor passes sequence ${sequence}, which is not settled`);
  }
  for (const sequence of change.remove ?? []) {
    const isDone = taken.has(sequence) || skipped.has(sequence) || put.has(sequence) || rows.get(sequence)?.through !== undefined;
    must(
      isDone || model.isDiscarding || !rows.has(sequence),
      `${name}: the row of sequence ${sequence} is removed, and it is not delivered`,
    );
  }
  for (const row of put.values()) mayPut(known, row);
}

function mayPut({ name, rows, taken, faults, settings }: Known, row: DeliveryRow): void {
  const { sequence, through, state } = row;
  const before = rows.get(sequence);
  if (through === undefined) {
    const takenAt = taken.get(sequence);
    const isSettled = takenAt === faults && !settings.isStateful;
    must(!isSettled, `${name}: sequence ${sequence} was delivered and gets a ${state} row`);
    return;
  }
  must(
    before === undefined || before.through !== undefined,
    `${name}: a range of dead letters takes the place of the ${before?.state} row of sequence ${sequence}`,
  );
}

function written(known: Known, model: DestinationModel, change: DestinationChange): void {
  const { rows, discarded, lost, replayed } = known;
  if (known.cursor === undefined && change.cursor !== undefined) known.start = change.cursor;
  known.cursor = change.cursor ?? known.cursor;
  const ranges: DeliveryRow[] = [];
  for (const sequence of change.remove ?? []) {
    const row = rows.get(sequence);
    rows.delete(sequence);
    if (row?.through !== undefined && !model.isDiscarding) ranges.push(row);
    if (!model.isDiscarding || row === undefined) continue;
    if (row.through === undefined) discarded.add(sequence);
    else lost.push({ from: sequence, to: row.through });
  }
  for (const row of change.put ?? []) {
    rows.set(row.sequence, row);
    if (row.code === "replayed") {
      replayed.add(row.sequence);
      known.deadNow.delete(row.sequence);
    }
  }
  for (const { sequence, through } of ranges) passOver(known, model, sequence, through ?? sequence);
}

/** What a range held before it was replayed, and nothing holds now: the filter of today does not take it, or retention removed it. */
function passOver(known: Known, model: DestinationModel, from: number, to: number): void {
  for (const record of known.records.values()) {
    const { sequence } = record;
    if (sequence < from || sequence > to || fatesOf(known, sequence).size > 0 || known.rows.has(sequence)) continue;
    if (isUnwanted(model, record)) known.filtered.add(sequence);
    else known.lost.push({ from: sequence, to: sequence });
  }
}

function fatesOf(known: Known, sequence: number): ReadonlySet<Fate> {
  const row = known.rows.get(sequence);
  if (row !== undefined && row.through === undefined) return new Set(row.state === "dead" ? ["dead"] : []);
  const fates = new Set<Fate>();
  if (known.taken.has(sequence)) fates.add("delivered");
  if (known.skipped.has(sequence) || known.filtered.has(sequence) || sequence <= known.start) fates.add("skipped");
  const ranges = [...known.lost, ...[...known.rows.values()].map((one) => ({ from: one.sequence, to: one.through ?? -1 }))];
  if (known.discarded.has(sequence) || ranges.some(({ from, to }) => from <= sequence && sequence <= to)) fates.add("dead");
  return fates;
}
