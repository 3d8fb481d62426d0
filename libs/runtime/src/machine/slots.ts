import type { Delivery, Slot, SlotEnd } from "./delivery.ts";
import { createNoteBuilder, type NoteBuilder } from "./settlement-note.ts";

/** The places above the durable cursor, in the order of their sequences. Pure bookkeeping. */
export interface Slots {
  /** Everything at or below it is settled, in memory. */
  readonly cursor: number;
  /** The last sequence that was added. */
  readonly position: number;
  /** Taken records above the cursor, settled or not. */
  readonly openRecords: number;
  /** Adds a record that needs no delivery. */
  pass(sequence: number, end: SlotEnd): void;
  /** Adds a record that is to be delivered. */
  take(sequence: number): Slot;
  /** Settles it; the cursor moves over it once all before it are settled. */
  settle(slot: Slot, end: SlotEnd): void;
  /** How far above the cursor a taken record stands, counted in taken records. */
  spanOf(slot: Slot): number;
  /** What the cursor moved over since the last call. */
  takeNote(): NoteBuilder;
  /** Taken records that are not settled and lie below one that was delivered, or below `sequence`. */
  overtaken(sequence: number): readonly Delivery[];
}

export function createSlots(start: number): Slots {
  let slots: Slot[] = [];
  let first = 0;
  let cursor = start;
  let taken = 0;
  let passed = 0;
  let note = createNoteBuilder(start + 1);

  function slide(): void {
    for (let slot = slots[first]; slot?.end !== undefined; slot = slots[first]) {
      note.add(slot.from, slot.through, slot.end);
      cursor = slot.through;
      if (slot.ordinal >= 0) passed += 1;
      first += 1;
    }
    if (first > 1024 && first * 2 > slots.length) {
      slots = slots.slice(first);
      first = 0;
    }
  }

  return {
    get cursor() {
      return cursor;
    },
    get position() {
      return first < slots.length ? (slots.at(-1)?.through ?? cursor) : cursor;
    },
    get openRecords() {
      return taken - passed;
    },
    pass(sequence, end) {
      const last = first < slots.length ? slots.at(-1) : undefined;
      if (last !== undefined && last.ordinal < 0 && sameEnd(last.end, end)) last.through = sequence;
      else slots.push({ from: sequence, through: sequence, ordinal: -1, end, delivery: undefined });
      slide();
    },
    take(sequence) {
      const slot = { from: sequence, through: sequence, ordinal: taken, end: undefined, delivery: undefined };
      taken += 1;
      slots.push(slot);
      return slot;
    },
    settle(slot, end) {
      slot.end = end;
      slot.delivery = undefined;
      slide();
    },
    spanOf: (slot) => slot.ordinal - passed,
    takeNote() {
      const full = note;
      note = createNoteBuilder(cursor + 1);
      return full;
    },
    overtaken: (sequence) => overtakenOf(slots.slice(first), sequence),
  };
}

function overtakenOf(open: readonly Slot[], sequence: number): readonly Delivery[] {
  const isOver = ({ ordinal, end, from }: Slot): boolean => from <= sequence || (ordinal >= 0 && end !== undefined && end.kind !== "held");
  const last = open.findLastIndex(isOver);
  return open.slice(0, last + 1).flatMap((slot) => (slot.end === undefined ? (slot.delivery ?? []) : []));
}

function sameEnd(one: SlotEnd | undefined, other: SlotEnd): boolean {
  if (one === undefined || one.kind !== other.kind) return false;
  return one.kind !== "skipped" || other.kind !== "skipped" || one.reason === other.reason;
}
