export interface SpaceWatchOptions {
  readonly path: string;
  /** Free bytes of the folder's file system, for a process without privileges. */
  readonly freeBytes: () => Promise<number>;
  readonly minFreeBytes: number;
  readonly everyMs: number;
  /** Told after each look what is wrong, or that nothing is. */
  readonly onLook: (problem: string | undefined) => void;
  /** A look that failed changes nothing. */
  readonly onError: (error: unknown) => void;
}

export interface SpaceWatch {
  stop(): void;
}

/** Looks at the room on the disk again and again, the first time before it resolves: full disks are noticed before they are full. */
export async function watchSpace(options: SpaceWatchOptions): Promise<SpaceWatch> {
  const { path, freeBytes, minFreeBytes, everyMs, onLook, onError } = options;
  const look = async () => {
    try {
      const free = await freeBytes();
      onLook(free < minFreeBytes ? tooLittle(path, free, minFreeBytes) : undefined);
    } catch (error) {
      onError(error);
    }
  };
  if (minFreeBytes === 0) return { stop: () => undefined };
  await look();
  const timer = setInterval(() => void look(), everyMs).unref();
  return { stop: () => clearInterval(timer) };
}

function tooLittle(path: string, free: number, needed: number): string {
  const room = `${mebibytes(free)} MiB are free where ${path} is, and at least ${mebibytes(needed)} MiB must be`;
  return `nothing is appended: ${room}; free some space, or lower min_free_bytes. It goes on by itself`;
}

function mebibytes(bytes: number): string {
  const value = bytes / (1024 * 1024);
  return value < 10 ? value.toFixed(1) : String(Math.floor(value));
}
