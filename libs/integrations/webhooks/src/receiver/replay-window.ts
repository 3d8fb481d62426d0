/** Remembers which ids were taken, for a time and up to a number. */
export interface ReplayWindow {
  has(id: string, nowMs: number): boolean;
  add(id: string, nowMs: number): void;
  /** How many ids are remembered. */
  readonly size: number;
}

export interface ReplayWindowOptions {
  /** How long an id is remembered, in milliseconds. */
  readonly durationMs: number;
  /** How many ids are remembered; beyond that the oldest is forgotten. */
  readonly idsMax: number;
}

export function createReplayWindow({ durationMs, idsMax }: ReplayWindowOptions): ReplayWindow {
  /** Ids to when they were added, the oldest first. */
  const addedAtMs = new Map<string, number>();

  const forget = (nowMs: number) => {
    for (const [id, at] of addedAtMs) {
      if (addedAtMs.size <= idsMax && nowMs - at <= durationMs) return;
      addedAtMs.delete(id);
    }
  };

  return {
    has(id, nowMs) {
      const at = addedAtMs.get(id);
      return at !== undefined && nowMs - at <= durationMs;
    },
    add(id, nowMs) {
      addedAtMs.delete(id);
      addedAtMs.set(id, nowMs);
      forget(nowMs);
    },
    get size() {
      return addedAtMs.size;
    },
  };
}
