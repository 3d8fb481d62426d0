import type { World } from "./world.ts";

/** Lets time pass in a world, only when everything has been done that needs none. */
export interface Driver {
  advance(durationMs: number): Promise<void>;
  /** The result of what may need time; `undefined` when the process died meanwhile. Rejects when it takes more than some minutes. */
  until<T>(work: Promise<T>): Promise<T | undefined>;
}

/** After so many turns of the event loop with nothing under way in the journal, whatever could run has run. */
const quietTurns = 4;

export function createDriver(world: Pick<World, "clock" | "journal" | "problem">): Driver {
  const { clock } = world;

  /** Waits until nothing runs that needs no time. */
  async function quiet(): Promise<void> {
    for (let turn = 0; turn < quietTurns; turn += 1) {
      if ((await world.journal?.idle()) === true) turn = 0;
      await new Promise((resolve) => setImmediate(resolve));
      if (world.problem !== undefined) throw world.problem;
    }
  }

  async function advance(durationMs: number): Promise<void> {
    const untilMs = clock.now() + durationMs;
    for (;;) {
      await quiet();
      const nextMs = clock.nextWakeMs();
      if (nextMs === undefined || nextMs > untilMs) break;
      await clock.advance(Math.max(0, nextMs - clock.now()));
    }
    await clock.advance(Math.max(0, untilMs - clock.now()));
    await quiet();
  }

  return {
    advance,
    async until(work) {
      let isOver = false;
      const watched = work.finally(() => (isOver = true));
      watched.catch(() => undefined);
      for (let step = 0; step < 400; step += 1) {
        await quiet();
        if (isOver) return await watched;
        if (world.journal !== undefined && !world.journal.isAlive) return undefined;
        await advance(500);
      }
      throw new Error("it never ends");
    },
  };
}
