/** Bytes of request bodies that may be in memory at once, over all listeners and connections. */
export interface ByteBudget {
  /** A share that grows as bytes arrive. */
  open(): ByteShare;
  /** Bytes of all shares together. */
  used(): number;
}

export interface ByteShare {
  /** Adds to the share. False: the budget is spent, and nothing was added. */
  add(bytes: number): boolean;
  /** Gives the whole share back; it may grow again. */
  free(): void;
}

export function createByteBudget(bytesMax: number): ByteBudget {
  let used = 0;
  return {
    used: () => used,
    open() {
      let held = 0;
      return {
        add(bytes) {
          if (used + bytes > bytesMax) return false;
          used += bytes;
          held += bytes;
          return true;
        },
        free() {
          used -= held;
          held = 0;
        },
      };
    },
  };
}
