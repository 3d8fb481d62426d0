export { decodeOccurrences } from "./decode-occurrences.ts";
export type { DecodedOccurrences, OccurrencesLimits } from "./decode-occurrences.ts";
export { nameCharactersMax } from "./object-reader.ts";
export type { DecodedOccurrence, OccurrenceContext } from "./occurrence.ts";
