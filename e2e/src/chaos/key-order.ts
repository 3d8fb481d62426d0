import type { DeliveryNotes } from "./delivery-log.ts";
import type { JournalEntry } from "./journal-reader.ts";
import type { Violation } from "./violation.ts";

/**
 * `ordering: key`: the first attempt of a record comes after each earlier one of its key was accepted for the first time, or, where it became a
 * dead letter, refused for good. Records without a key have no order.
 * @param entries What the destination takes, in the order of sequences.
 */
export function orderViolations(
  receiver: string,
  entries: readonly JournalEntry[],
  notes: ReadonlyMap<string, DeliveryNotes>,
): readonly Violation[] {
  const violations: Violation[] = [];
  const latest = new Map<string, { readonly id: string; readonly settledAt: number }>();
  for (const { id, key } of entries) {
    const arrived = notes.get(id);
    if (key === "" || arrived === undefined) continue;
    const before = latest.get(key);
    if (before !== undefined && arrived.firstAttemptAt < before.settledAt) {
      violations.push({ rule: "order", text: `${receiver}: ${id} was tried before ${before.id} of the same key ${key} was settled` });
    }
    const settledAt = arrived.firstAcceptedAt ?? arrived.firstRejectedAt ?? Number.POSITIVE_INFINITY;
    if (before === undefined || settledAt > before.settledAt) latest.set(key, { id, settledAt });
  }
  return violations;
}
