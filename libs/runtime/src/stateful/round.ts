import type { DeliveryRow, DestinationChange } from "@tapio/journal";
import type { PassedRecord } from "../intake.ts";
import { unreadableRow } from "../machine/rows.ts";
import { createNoteBuilder } from "../machine/settlement-note.ts";
import type { SlotEnd } from "../machine/delivery.ts";
import type { Applied } from "./verdict.ts";

/** What was applied since the last commit. */
export interface Round {
  /** Records that the integration was given. */
  applied: number;
  delivered: number;
  /** How each record ended that was not delivered. */
  readonly ends: { readonly sequence: number; readonly end: SlotEnd }[];
  readonly put: DeliveryRow[];
}

export function newRound(): Round {
  return { applied: 0, delivered: 0, ends: [], put: [] };
}

/** Adds what needed no delivery. */
export function addPassed(round: Round, passed: readonly PassedRecord[], nowMs: number): void {
  for (const { sequence, end, unreadable } of passed) {
    round.ends.push({ sequence, end });
    if (unreadable !== undefined) round.put.push(unreadableRow({ sequence, bytes: unreadable.bytes }, unreadable.problem, nowMs));
  }
}

export function addApplied(round: Round, { delivered, ends, dead }: Omit<Applied, "rejections">): void {
  round.applied += delivered + ends.length;
  round.delivered += delivered;
  round.ends.push(...ends);
  round.put.push(...dead);
}

export interface RoundCommit {
  /** The cursor of the last commit, and of this one. */
  readonly from: number;
  readonly through: number;
  readonly state: Uint8Array | undefined;
  readonly nowMs: number;
  readonly configHash: string;
}

/** Cursor, state, dead letters and what became of each record, as one write. */
export function changeOf(round: Round, { from, through, state, nowMs, configHash }: RoundCommit): DestinationChange & { cursor: number } {
  const note = createNoteBuilder(from + 1);
  for (const { sequence, end } of round.ends.toSorted((a, b) => a.sequence - b.sequence)) note.add(sequence, sequence, end);
  return {
    cursor: through,
    ...(through > from ? { settlements: [note.settlement(through, nowMs, configHash)] } : {}),
    ...(state === undefined ? {} : { state }),
    ...(round.put.length > 0 ? { put: round.put } : {}),
  };
}

export function countEnds(round: Round): { readonly delivered: number; readonly skipped: number; readonly dead: number } {
  const skipped = round.ends.filter(({ end }) => end.kind === "skipped").length;
  return { delivered: round.delivered, skipped, dead: round.put.length };
}
