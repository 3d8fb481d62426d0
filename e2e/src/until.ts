import { setTimeout as sleep } from "node:timers/promises";

/** Resolves when `condition` holds. The bound is generous: it ends a hanging test, it measures nothing. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, boundMs = 60_000): Promise<void> {
  const endsAtMs = Date.now() + boundMs;
  while (!(await condition())) {
    if (Date.now() > endsAtMs) throw new Error(`waited ${boundMs} ms in vain until ${what}`);
    await sleep(20);
  }
}
