import type { JournalBounds, JournalUsage } from "@tapio/journal";

/** For how long records are kept that every destination has settled; without either, as long as the journal has room. */
export interface RetentionPolicy {
  /** Bytes of records to keep at most. */
  readonly maxBytes?: number | undefined;
  /** How long ago the oldest kept record was accepted at most. */
  readonly maxAgeMs?: number | undefined;
}

/** At this fill the oldest make room, whatever the policy, down to the fill below. */
const fillMax = 0.9;
const fillAfter = 0.85;
/** From here on it is looked at often. */
const fillNear = 0.8;

/** How near the journal is to its own bound. */
export function isNearlyFull({ fill }: JournalUsage): boolean {
  return fill >= fillMax;
}

/** Whether it may be nearly full soon. */
export function isFilling({ fill }: JournalUsage): boolean {
  return fill >= fillNear;
}

/** How many bytes of records may stay; `undefined` when what there is may. */
export function byteBound(usage: JournalUsage, { maxBytes = Infinity }: RetentionPolicy): number | undefined {
  const room = isNearlyFull(usage) ? (usage.recordBytes * fillAfter) / usage.fill : Infinity;
  const bound = Math.min(maxBytes, room);
  return usage.recordBytes > bound ? bound : undefined;
}

export interface TrimFacts {
  readonly bounds: JournalBounds;
  /** The last sequence that every destination has settled and none holds without its bytes. */
  readonly pinned: number;
  /** The last sequence that is older than the policy wants; 0: none. */
  readonly expiredTo: number;
  /** The last sequence that must go for the rest to fit; 0: none. */
  readonly overTo: number;
}

/** Up to where to trim; `undefined`: nothing is to go, or nothing may. */
export function trimTarget({ bounds, pinned, expiredTo, overTo }: TrimFacts): number | undefined {
  const target = Math.min(pinned, bounds.head, Math.max(expiredTo, overTo));
  return target >= bounds.first ? target : undefined;
}
