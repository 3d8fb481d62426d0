import { CommandFailure } from "../io.ts";

/** @throws CommandFailure when the text is anything but the digits of a number up to `max`. */
export function wholeNumber(option: string, text: string, max: number = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value <= max) return value;
  const range = Number.isNaN(value) ? "a whole number" : `at most ${max}`;
  throw new CommandFailure(2, `${option}: must be ${range}, not "${text}"`);
}

/** For `--limit`: without one there is no end. */
export function limitOf(text: string | undefined): number {
  return text === undefined ? Number.POSITIVE_INFINITY : wholeNumber("--limit", text);
}

/** @throws CommandFailure that lists what the option takes. */
export function badOption(option: string, value: string, known: string): never {
  throw new CommandFailure(2, `${option}: "${value}" is none of ${known}`);
}

/** For options that may be given again. */
export const collect = (value: string, all: readonly string[]): readonly string[] => [...all, value];
