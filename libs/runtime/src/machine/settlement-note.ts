import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { SettlementNoteSchema, type SettlementNote } from "@tapio/contracts/delivery/v1/settlement";
import type { Settlement } from "@tapio/journal";
import type { SlotEnd } from "./delivery.ts";

/** Gathers what became of a range of records while the cursor moves over it, for `explain`. What is not mentioned was delivered at its first attempt. */
export interface NoteBuilder {
  add(from: number, through: number, end: SlotEnd): void;
  /** The range up to `through`, as the journal keeps it. */
  settlement(through: number, atMs: number, configHash: string): Settlement;
}

/** `from` is the first sequence of the range. */
export function createNoteBuilder(from: number): NoteBuilder {
  const reasons = new Map<string, number>();
  const skipped = { gaps: [] as number[], lengths: [] as number[], reasons: [] as number[] };
  const heldGaps: number[] = [];
  let skippedTo = from - 1;
  let heldTo = from - 1;

  function reasonIndex(reason: string): number {
    const known = reasons.get(reason);
    if (known !== undefined) return known;
    reasons.set(reason, reasons.size);
    return reasons.size - 1;
  }

  return {
    add(first, through, end) {
      if (end.kind === "skipped") {
        const reason = reasonIndex(end.reason);
        const last = skipped.lengths.length - 1;
        if (last >= 0 && first === skippedTo + 1 && skipped.reasons[last] === reason) {
          skipped.lengths[last] = (skipped.lengths[last] ?? 0) + through - first + 1;
        } else {
          skipped.gaps.push(first - skippedTo - 1);
          skipped.lengths.push(through - first + 1);
          skipped.reasons.push(reason);
        }
        skippedTo = through;
      } else if (end.kind === "held") {
        for (let sequence = first; sequence <= through; sequence += 1) {
          heldGaps.push(sequence - heldTo - 1);
          heldTo = sequence;
        }
      }
    },
    settlement(through, atMs, configHash) {
      const note = create(SettlementNoteSchema, {
        configHash,
        reasons: [...reasons.keys()],
        skippedGaps: skipped.gaps,
        skippedLengths: skipped.lengths,
        skippedReasons: skipped.reasons,
        heldGaps,
      });
      return { from: Math.min(from, through), to: through, isLate: false, atMs, note: toBinary(SettlementNoteSchema, note) };
    },
  };
}

export interface LateEnd {
  /** The attempt that settled it, from 1. */
  readonly attempt: number;
  /** Empty: delivered. */
  readonly skippedReason: string;
  readonly discarded?: boolean;
}

/** Of one record that had a row: how that ended. */
export function lateSettlement(sequence: number, atMs: number, configHash: string, late: LateEnd): Settlement {
  return { from: sequence, to: sequence, isLate: true, atMs, note: encodeNote({ configHash, late: { discarded: false, ...late } }) };
}

/** Of a range of records that were given up together, or lie before the destination's start. */
export function rangeSettlement(
  range: { readonly from: number; readonly to: number },
  atMs: number,
  configHash: string,
  what: { readonly beforeStart: true } | { readonly lost: string },
): Settlement {
  return { ...range, isLate: false, atMs, note: encodeNote({ configHash, ...what }) };
}

function encodeNote(init: Parameters<typeof create<typeof SettlementNoteSchema>>[1]): Uint8Array {
  return toBinary(SettlementNoteSchema, create(SettlementNoteSchema, init));
}

export function decodeNote(settlement: Settlement): SettlementNote {
  return fromBinary(SettlementNoteSchema, settlement.note);
}

/** What a range's note says of one record in it. */
export type NotedEnd = { readonly kind: "delivered" } | { readonly kind: "skipped"; readonly reason: string } | { readonly kind: "held" };

/** `from` is the range's first sequence. */
export function notedEnd(note: SettlementNote, from: number, sequence: number): NotedEnd {
  let at = from - 1;
  for (const [run, gap] of note.skippedGaps.entries()) {
    const first = at + gap + 1;
    at = first + (note.skippedLengths[run] ?? 0) - 1;
    if (sequence < first) break;
    if (sequence <= at) return { kind: "skipped", reason: note.reasons[note.skippedReasons[run] ?? 0] ?? "" };
  }
  let held = from - 1;
  for (const gap of note.heldGaps) {
    held += gap + 1;
    if (held === sequence) return { kind: "held" };
    if (held > sequence) break;
  }
  return { kind: "delivered" };
}
