/** A bounded number of places. */
export interface Slots {
  readonly limit: number;
  /** A place, or `undefined` when all are taken. `release` may be called twice. */
  take(): { release(): void } | undefined;
}

export function createSlots(limit: number): Slots {
  let taken = 0;
  return {
    limit,
    take() {
      if (taken >= limit) return undefined;
      taken += 1;
      let held = true;
      return {
        release() {
          if (held) taken -= 1;
          held = false;
        },
      };
    },
  };
}
