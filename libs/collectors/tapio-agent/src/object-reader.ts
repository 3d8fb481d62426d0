import type { JsonObject } from "@bufbuild/protobuf";
import type { JsonValue } from "./lossless-json.ts";

/** What is wrong with one field of one occurrence. */
export class FieldProblem extends Error {
  override readonly name = "FieldProblem";
  readonly field: string;
  /** The occurrence's id, where it could be read. */
  readonly id: string | undefined;

  constructor(field: string, reason: string, id?: string) {
    super(reason);
    this.field = field;
    this.id = id;
  }

  /** The same problem, of the occurrence with this id. */
  of(id: string): FieldProblem {
    return new FieldProblem(this.field, this.message, id);
  }
}

/** Reads typed fields of a JSON object; each says the field's whole path when the value is not of its type. `null` counts as absent. */
export interface ObjectReader {
  requiredString(field: string, hint: string): string;
  optionalString(field: string): string | undefined;
  optionalNumber(field: string): number | undefined;
  optionalObject(field: string): ObjectReader | undefined;
  /** An object as it is, its nesting bounded. */
  optionalPlain(field: string): JsonObject | undefined;
  objects(field: string): readonly ObjectReader[];
  /** A list of texts; other values are kept as their JSON. */
  strings(field: string): string[];
  /** The fields that are not in `known`, their nesting bounded. */
  rest(known: ReadonlySet<string>): JsonObject;
}

/** Every level of a Struct costs three of protobuf's 100 levels of nesting. */
const nestingMax = 30;

export function createReader(value: JsonValue, path: string): ObjectReader {
  const object = asObject(value, path);
  const at = (field: string): string => (path === "" ? field : `${path}.${field}`);
  const get = (field: string): JsonValue | undefined => {
    const found = Object.hasOwn(object, field) ? object[field] : undefined;
    return found === null ? undefined : found;
  };
  const optionalString = (field: string): string | undefined => {
    const found = get(field);
    if (found === undefined || typeof found === "string") return found;
    throw new FieldProblem(at(field), `must be a string, not ${nameOf(found)}`);
  };
  const list = (field: string): JsonValue[] => {
    const found = get(field) ?? [];
    if (Array.isArray(found)) return found;
    throw new FieldProblem(at(field), `must be a list, not ${nameOf(found)}`);
  };
  return {
    optionalString,
    requiredString(field, hint) {
      const found = optionalString(field);
      if (found === undefined || found === "") throw new FieldProblem(at(field), `is missing: ${hint}`);
      return found;
    },
    optionalNumber(field) {
      const found = get(field);
      if (found === undefined || typeof found === "number") return found;
      throw new FieldProblem(at(field), `must be a number, not ${nameOf(found)}`);
    },
    optionalObject(field) {
      const found = get(field);
      return found === undefined ? undefined : createReader(found, at(field));
    },
    optionalPlain(field) {
      const found = get(field);
      if (found === undefined) return undefined;
      const plain = asObject(found, at(field));
      checkNesting(plain, at(field));
      return plain;
    },
    objects: (field) => list(field).map((entry, index) => createReader(entry, `${at(field)}[${index}]`)),
    strings(field) {
      const entries = list(field);
      checkNesting(entries, at(field));
      return entries.map((entry) => (typeof entry === "string" ? entry : JSON.stringify(entry)));
    },
    rest(known) {
      const rest = Object.fromEntries(Object.entries(object).filter(([field]) => !known.has(field)));
      for (const [field, entry] of Object.entries(rest)) checkNesting(entry, at(field));
      return rest;
    },
  };
}

function asObject(value: JsonValue, path: string): { [key: string]: JsonValue } {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new FieldProblem(path, `must be a JSON object, not ${nameOf(value)}`);
}

function checkNesting(value: JsonValue, path: string): void {
  let level: JsonValue[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > nestingMax) throw new FieldProblem(path, `is nested more than ${nestingMax} levels deep`);
    level = level.flatMap((entry) => (typeof entry === "object" && entry !== null ? Object.values(entry) : []));
  }
}

function nameOf(value: JsonValue): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}
