import type { SubscribeStart } from "@tapio/client";
import { parseRfc3339, unixNanosOf } from "@tapio/domain";
import { badOption, wholeNumber } from "./option-values.ts";

const ageUnitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What a place may be, for an option's help. */
export const placeHelp = "head, beginning, a sequence (goes on after it), or a time: RFC 3339, or e.g. 15m for so long ago";

export function placeOf(option: string, text: string, nowMs: number): SubscribeStart {
  if (text === "head" || text === "beginning") return text;
  if (/^\d+$/.test(text)) return { afterSequence: wholeNumber(option, text) };
  const timeMs = parseTime(text, nowMs);
  if (timeMs !== undefined) return { timeMs };
  return badOption(option, text, "head, beginning, a sequence, a time such as 2026-11-01T12:00:00Z, an age such as 15m");
}

/** Milliseconds since 1970 of a time in RFC 3339, or of an age such as `90s`, `15m`, `2h`, `1d`. */
export function timeOf(option: string, text: string, nowMs: number): number {
  return parseTime(text, nowMs) ?? badOption(option, text, "a time such as 2026-11-01T12:00:00Z, an age such as 15m");
}

function parseTime(text: string, nowMs: number): number | undefined {
  const age = /^(\d{1,9})([smhd])$/.exec(text);
  if (age !== null) return nowMs - Number(age[1]) * (ageUnitsMs[age[2] ?? ""] ?? 0);
  const time = parseRfc3339(text);
  return time === undefined ? undefined : Number(unixNanosOf(time) / 1_000_000n);
}
