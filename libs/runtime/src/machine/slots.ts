import type { Delivery, SlotEnd } from "./delivery.ts";
import { createNoteBuilder, type NoteBuilder } from "./settlement-note.ts";

/**
 * The places above the durable cursor, in the order of their sequences: a record that is to be delivered has one, by its number among all that were taken,
 * and so has a run of records that were settled as they were read. Pure bookkeeping.
 */
export interface Slots {
  /** Everything at or below it is settled, in memory. */
  readonly cursor: number;
  /** The last sequence that was added. */
  readonly position: number;
  /** Taken records above the cursor, settled or not. */
  readonly openRecords: number;
  /** Adds a record that needs no delivery. */
  pass(sequence: number, end: SlotEnd): void;
  /** Adds a record that is to be delivered, and gives its place. */
  take(sequence: number): number;
  /** What is to be delivered, for `overtaken`; it is let go of when it is settled. */
  attach(place: number, delivery: Delivery): void;
  /** Settles it; the cursor moves over it once all before it are settled. */
  settle(place: number, end: SlotEnd): void;
  /** How far above the cursor a taken record stands, counted in taken records. */
  spanOf(place: number): number;
  /** What the cursor moved over since the last call. */
  takeNote(): NoteBuilder;
  /** Taken records that are not settled and lie below one that was delivered, or below `sequence`. */
  overtaken(sequence: number): readonly Delivery[];
}

/** Records that were settled as they were read, one after the other. */
interface Run {
  readonly from: number;
  through: number;
  readonly end: SlotEnd;
  /** The place of the first record that was taken after it. */
  readonly before: number;
}

/** Taken records from the place `first` on, side by side: an object for each would be half of what the machine allocates. */
interface Taken {
  first: number;
  sequences: number[];
  ends: (SlotEnd | undefined)[];
  deliveries: (Delivery | undefined)[];
}

interface Places {
  cursor: number;
  position: number;
  /** How many records were taken, and how many of them the cursor has passed. */
  taken: number;
  passed: number;
  readonly open: Taken;
  readonly runs: Run[];
  note: NoteBuilder;
}

export function createSlots(start: number): Slots {
  const open: Taken = { first: 0, sequences: [], ends: [], deliveries: [] };
  const places: Places = { cursor: start, position: start, taken: 0, passed: 0, open, runs: [], note: createNoteBuilder(start + 1) };
  return {
    get cursor() {
      return places.cursor;
    },
    get position() {
      return places.position;
    },
    get openRecords() {
      return places.taken - places.passed;
    },
    pass(sequence, end) {
      places.position = sequence;
      addRun(places, sequence, end);
      slide(places);
    },
    take(sequence) {
      places.position = sequence;
      open.sequences.push(sequence);
      open.ends.push(undefined);
      open.deliveries.push(undefined);
      return places.taken++;
    },
    attach(place, delivery) {
      open.deliveries[place - open.first] = delivery;
    },
    settle(place, end) {
      const index = place - open.first;
      open.ends[index] = end;
      open.deliveries[index] = undefined;
      if (place === places.passed) slide(places);
    },
    spanOf: (place) => place - places.passed,
    takeNote() {
      const { note } = places;
      places.note = createNoteBuilder(places.cursor + 1);
      return note;
    },
    overtaken: (sequence) => overtakenOf(open, places.passed, sequence),
  };
}

/** To the run before it, where there is one that ended alike. */
function addRun({ runs, taken }: Places, sequence: number, end: SlotEnd): void {
  const last = runs.at(-1);
  if (last !== undefined && last.before === taken && isSame(last.end, end)) last.through = sequence;
  else runs.push({ from: sequence, through: sequence, end, before: taken });
}

/** Moves the cursor over all that is settled. */
function slide(places: Places): void {
  const { runs, open } = places;
  for (;;) {
    const [run] = runs;
    if (run !== undefined && run.before <= places.passed) {
      places.note.add(run.from, run.through, run.end);
      places.cursor = run.through;
      runs.shift();
      continue;
    }
    if (places.passed === places.taken) break;
    const index = places.passed - open.first;
    const end = open.ends[index];
    if (end === undefined) break;
    places.cursor = open.sequences[index] ?? places.cursor;
    places.note.add(places.cursor, places.cursor, end);
    places.passed += 1;
  }
  forgetPassed(open, places.passed);
}

/** Now and then, so that it costs each record little. */
function forgetPassed(open: Taken, passed: number): void {
  const count = passed - open.first;
  if (count <= 1024 || count * 2 <= open.ends.length) return;
  open.sequences = open.sequences.slice(count);
  open.ends = open.ends.slice(count);
  open.deliveries = open.deliveries.slice(count);
  open.first = passed;
}

function overtakenOf({ first, sequences, ends, deliveries }: Taken, passed: number, sequence: number): readonly Delivery[] {
  const isOver = (end: SlotEnd | undefined, at: number): boolean =>
    (sequences[at] ?? Infinity) <= sequence || (end !== undefined && end.kind !== "held");
  const last = ends.findLastIndex(isOver);
  return deliveries.slice(passed - first, last + 1).filter((delivery) => delivery !== undefined);
}

function isSame(one: SlotEnd, other: SlotEnd): boolean {
  if (one.kind !== other.kind) return false;
  return one.kind !== "skipped" || other.kind !== "skipped" || one.reason === other.reason;
}
