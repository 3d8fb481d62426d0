import { hash } from "node:crypto";

/** Numbers that look random and are the same for the same seed. */
export interface SeededRandom {
  /** 0 up to but not 1. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly [T, ...T[]]): T;
  /** One of the choices, each as often as its weight says. */
  weighted<T>(choices: readonly (readonly [T, number])[]): T;
}

/**
 * A stream of its own for each path of words and numbers, e.g. `seededRandom(7, "round", 3)`: what is drawn in one place does not move what is
 * drawn in another, so that a schedule stays what it was when the harness learns something new.
 */
export function seededRandom(...path: readonly (string | number)[]): SeededRandom {
  let state = Number.parseInt(hash("sha256", JSON.stringify(path)).slice(0, 8), 16);
  // mulberry32: 32 bits of state are plenty for a schedule.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    between: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (probability) => next() < probability,
    pick: (choices) => choices[Math.floor(next() * choices.length)] ?? choices[0],
    weighted: (choices) => {
      let left = next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [choice, weight] of choices) if ((left -= weight) < 0) return choice;
      throw new Error("nothing to choose from");
    },
  };
}
