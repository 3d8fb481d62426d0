export { decodeOccurrences } from "./decode-occurrences.ts";
export type { DecodedOccurrence, DecodedOccurrences } from "./decode-occurrences.ts";
export type { OccurrenceContext } from "./occurrence.ts";
