import type { JsonObject } from "@bufbuild/protobuf";
import type { JsonValue } from "./lossless-json.ts";

/** What is wrong with one field of one occurrence. */
export interface FieldProblem {
  readonly field: string;
  readonly reason: string;
}

/**
 * What was found of one occurrence so far. Problems are noted here instead of thrown: an exception with its stack costs more than all the
 * rest of an occurrence, and whoever sends bad ones sends many.
 */
export interface Judgement {
  /** The first problem; the reading goes on to its end with harmless values. */
  problem: FieldProblem | undefined;
  /** How many more values the free-form parts may have. */
  valuesLeft: number;
}

/** An object of an occurrence and where in it it stands. */
export interface ObjectPlace {
  readonly object: { readonly [key: string]: JsonValue };
  /** E.g. `context.entities[1]`; empty for the occurrence itself. */
  readonly path: string;
  readonly judgement: Judgement;
}

/** The most entries of a list that has a field of its own, e.g. `context.entities`. */
export const listEntriesMax = 1_000;

/** The most values of the free-form parts of one occurrence together: `data`, unknown fields, list entries that are not text. */
export const freeValuesMax = 20_000;

/** The most characters of a name that is repeated in a record or in every record. */
export const nameCharactersMax = 253;

/** Every level of a Struct costs three of protobuf's 100 levels of nesting. */
export const nestingMax = 30;

/** Of a field's name that the sender chose. */
const shownNameCharactersMax = 64;

export function createJudgement(): Judgement {
  return { problem: undefined, valuesLeft: freeValuesMax };
}

/** Notes a problem, if it is the first. */
export function note(judgement: Judgement, field: string, reason: string): void {
  judgement.problem ??= { field, reason };
}

/** The value as an object to read from; `undefined`, with a problem noted, when it is none. */
export function openObject(value: JsonValue, path: string, judgement: Judgement): ObjectPlace | undefined {
  if (isObject(value)) return { object: value, path, judgement };
  note(judgement, path, `must be a JSON object, not ${nameOf(value)}`);
  return undefined;
}

/** All `read…` take `null` for absent; a value of another type is noted, with the field's whole path, and read as absent. */
export function readText({ object, path, judgement }: ObjectPlace, field: string): string | undefined {
  const found = get(object, field);
  if (found === undefined || typeof found === "string") return found;
  note(judgement, pathOf(path, field), `must be a string, not ${nameOf(found)}`);
  return undefined;
}

export function readRequiredText(place: ObjectPlace, field: string, hint: string): string {
  const found = readText(place, field) ?? "";
  if (found === "") note(place.judgement, pathOf(place.path, field), `is missing: ${hint}`);
  return found;
}

/** A text of bounded length: one that goes into a record several times. */
export function readName(place: ObjectPlace, field: string): string | undefined {
  const found = readText(place, field);
  if (found === undefined || found.length <= nameCharactersMax) return found;
  note(place.judgement, pathOf(place.path, field), `must have at most ${nameCharactersMax} characters, not ${found.length}`);
  return undefined;
}

export function readNumber({ object, path, judgement }: ObjectPlace, field: string): number | undefined {
  const found = get(object, field);
  if (found === undefined || typeof found === "number") return found;
  note(judgement, pathOf(path, field), `must be a number, not ${nameOf(found)}`);
  return undefined;
}

export function readObject({ object, path, judgement }: ObjectPlace, field: string): ObjectPlace | undefined {
  const found = get(object, field);
  return found === undefined ? undefined : openObject(found, pathOf(path, field), judgement);
}

/** A list of objects, of bounded length. */
export function readObjects(place: ObjectPlace, field: string): readonly ObjectPlace[] {
  const path = pathOf(place.path, field);
  const opened: ObjectPlace[] = [];
  for (const [index, entry] of readList(place, field).entries()) {
    const object = openObject(entry, `${path}[${index}]`, place.judgement);
    if (object !== undefined) opened.push(object);
  }
  return opened;
}

/** A list of texts, of bounded length; other values are kept as their JSON. */
export function readTexts(place: ObjectPlace, field: string): string[] {
  const { judgement } = place;
  const entries = readList(place, field);
  for (const entry of entries) checkSize(entry, pathOf(place.path, field), nestingMax, judgement);
  if (judgement.problem !== undefined) return [];
  return entries.map((entry) => (typeof entry === "string" ? entry : JSON.stringify(entry)));
}

/** An object as it is, its size and nesting bounded. */
export function readFreeForm(place: ObjectPlace, field: string): JsonObject {
  const found = readObject(place, field);
  if (found === undefined) return {};
  checkSize(found.object, found.path, nestingMax, place.judgement);
  return place.judgement.problem === undefined ? found.object : {};
}

/** The fields that are not in `known`, their size bounded and each nested at most `levelsMax` deep; `undefined` when there are none. */
export function readRest(place: ObjectPlace, known: ReadonlySet<string>, levelsMax: number): JsonObject | undefined {
  const { object, path, judgement } = place;
  let rest: [string, JsonValue][] | undefined;
  for (const field in object) {
    if (known.has(field)) continue;
    const entry = object[field] ?? null;
    checkSize(entry, pathOf(path, field.slice(0, shownNameCharactersMax)), levelsMax, judgement);
    if (judgement.problem !== undefined) return undefined;
    (rest ??= []).push([field, entry]);
  }
  return rest && Object.fromEntries(rest);
}

function readList({ object, path, judgement }: ObjectPlace, field: string): readonly JsonValue[] {
  const found = get(object, field) ?? [];
  if (Array.isArray(found) && found.length <= listEntriesMax) return found;
  note(
    judgement,
    pathOf(path, field),
    Array.isArray(found) ? `must have at most ${listEntriesMax} entries, not ${found.length}` : `must be a list, not ${nameOf(found)}`,
  );
  return [];
}

function checkSize(value: JsonValue | ObjectPlace["object"], path: string, levelsMax: number, judgement: Judgement): void {
  const excess = excessOf(value, levelsMax, judgement);
  if (excess === "deep") note(judgement, path, `is nested more than ${levelsMax} levels deep`);
  if (excess === "wide")
    note(judgement, path, `is too much: an occurrence may have ${freeValuesMax} values that have no field of their own`);
}

/** Walks no further than the bounds, so that its own depth and work are bounded too. */
function excessOf(value: JsonValue | ObjectPlace["object"], levelsLeft: number, judgement: Judgement): "deep" | "wide" | undefined {
  if (levelsLeft < 0) return "deep";
  judgement.valuesLeft -= 1;
  if (judgement.valuesLeft < 0) return "wide";
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    for (const entry of value) {
      const excess = excessOf(entry, levelsLeft - 1, judgement);
      if (excess !== undefined) return excess;
    }
    return undefined;
  }
  for (const key in value) {
    const excess = excessOf(value[key] ?? null, levelsLeft - 1, judgement);
    if (excess !== undefined) return excess;
  }
  return undefined;
}

/** `field` is one of ours, none of which an object of JSON inherits. */
function get(object: ObjectPlace["object"], field: string): JsonValue | undefined {
  return object[field] ?? undefined;
}

function pathOf(path: string, field: string): string {
  return path === "" ? field : `${path}.${field}`;
}

function isObject(value: JsonValue): value is { [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function nameOf(value: JsonValue): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : isObject(value) ? "an object" : `a ${typeof value}`;
}
