import { ScalarType, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import { reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import { isAlias, isMap, isScalar, isSeq, type Document, type Node, type Pair } from "yaml";
import { expandScalar, type ExpandContext } from "./expand.ts";
import { convertEnum, convertScalar, type Converted, type PlainScalar } from "./scalar.ts";
import type { SourceMap } from "./source-map.ts";
import { suggest } from "./suggest.ts";
import { wellKnownMessage } from "./well-known.ts";

export interface WalkContext {
  readonly document: Document;
  readonly map: SourceMap;
  readonly expand: ExpandContext;
  /** Counts visited nodes, so that aliases of aliases cannot blow a small file up. */
  readonly budget: { nodesLeft: number };
}

type Place = { readonly context: WalkContext; readonly path: string };

/** Builds a message from a YAML node, driven by the message's descriptor. Every problem is reported with its place; the walk goes on. */
export function walkMessage(schema: DescMessage, node: Node | null, path: string, context: WalkContext): Message {
  const message = reflect(schema);
  fillMessage(message, node, { context, path });
  return message.message;
}

function fillMessage(message: ReflectMessage, given: Node | null, at: Place): void {
  const node = resolved(given, at);
  at.context.map.place(at.path, node ?? given);
  if (node === undefined || node === null || (isScalar(node) && node.value === null)) return;
  if (isScalar(node) && fillShorthand(message, node.value, at)) return;
  if (!isMap(node)) {
    report(at, `must be a map with ${fieldNames(message.desc).join(", ")}`, node);
    return;
  }
  for (const pair of node.items as Pair<Node, Node | null>[]) fillField(message, pair, at);
}

/** `start: head` stands for `start: {head: {}}`: a name alone chooses a member of a oneof that has nothing to configure. */
function fillShorthand(message: ReflectMessage, value: unknown, at: Place): boolean {
  const field = message.desc.fields.find((candidate) => candidate.name === value);
  if (field?.fieldKind !== "message" || field.oneof === undefined || field.message.typeName !== "google.protobuf.Empty") return false;
  message.set(field, reflect(field.message));
  at.context.map.place(child(at, field.name).path, null);
  return true;
}

function fillField(message: ReflectMessage, pair: Pair<Node, Node | null>, parent: Place): void {
  const name = isScalar(pair.key) ? String(pair.key.value) : "";
  const field = message.desc.fields.find((candidate) => candidate.name === name);
  const at = child(parent, name);
  if (field === undefined) {
    const known = fieldNames(message.desc);
    const meant = suggest(name, known);
    report(at, `is not a setting; ${meant === undefined ? `known are ${known.join(", ")}` : `did you mean ${meant}?`}`, pair.key);
    return;
  }
  at.context.map.place(at.path, pair.value ?? pair.key);
  const other = field.oneof === undefined ? undefined : message.oneofCase(field.oneof);
  if (other !== undefined) {
    report(at, `cannot be set beside ${other.name}: choose one`, pair.key);
    return;
  }
  setField(message, field, pair.value, at);
}

function setField(message: ReflectMessage, field: DescField, node: Node | null, at: Place): void {
  switch (field.fieldKind) {
    case "list":
      fillList(message, field, node, at);
      return;
    case "map":
      fillMap(message, field, node, at);
      return;
    case "message": {
      const value = messageValue(field.message, node, at);
      if (value !== undefined) message.set(field, value);
      return;
    }
    default: {
      const value = scalarValue(field, node, at);
      if (value !== undefined) message.set(field, value);
    }
  }
}

function fillList(message: ReflectMessage, field: DescField & { fieldKind: "list" }, given: Node | null, at: Place): void {
  const node = resolved(given, at);
  if (!isSeq(node)) {
    report(at, "must be a list", given);
    return;
  }
  const list = message.get(field);
  (node.items as (Node | null)[]).forEach((item, index) => {
    const place: Place = { ...at, path: `${at.path}[${index}]` };
    at.context.map.place(place.path, item);
    const value = field.listKind === "message" ? messageValue(field.message, item, place) : scalarValue(field, item, place);
    if (value !== undefined) list.add(value);
  });
}

function fillMap(message: ReflectMessage, field: DescField & { fieldKind: "map" }, given: Node | null, at: Place): void {
  const node = resolved(given, at);
  if (!isMap(node)) {
    report(at, "must be a map", given);
    return;
  }
  const entries = message.get(field);
  for (const pair of node.items as Pair<Node, Node | null>[]) {
    const key = isScalar(pair.key) ? String(pair.key.value) : "";
    const place: Place = { ...at, path: `${at.path}[${JSON.stringify(key)}]` };
    at.context.map.place(place.path, pair.value ?? pair.key);
    const value = field.mapKind === "message" ? messageValue(field.message, pair.value, place) : scalarValue(field, pair.value, place);
    if (value !== undefined) entries.set(key, value);
  }
}

function messageValue(schema: DescMessage, node: Node | null, at: Place): ReflectMessage | undefined {
  const wellKnown = wellKnownMessage(schema);
  if (wellKnown === undefined) {
    const message = reflect(schema);
    fillMessage(message, node, at);
    return message;
  }
  const value = plainScalar(node, at);
  if (value === undefined) return undefined;
  return accepted(wellKnown(value), at, node);
}

type ValueField = DescField & { fieldKind: "scalar" | "enum" | "list" | "map" };

function scalarValue(field: ValueField, node: Node | null, at: Place): string | number | bigint | boolean | undefined {
  const value = plainScalar(node, at);
  if (value === undefined) return undefined;
  if (field.enum !== undefined) return accepted(convertEnum(field.enum, value), at, node);
  return accepted(convertScalar(field.scalar ?? ScalarType.STRING, value, isByteCount(field.name)), at, node);
}

/** Sizes such as `64MiB` are taken where the name says that bytes are counted: `max_record_bytes`, and `bytes` in `max_backlog`. */
function isByteCount(name: string): boolean {
  return name === "bytes" || name.endsWith("_bytes");
}

/** The scalar with its references expanded; `undefined` when there is none to use, which is reported. */
function plainScalar(given: Node | null, at: Place): PlainScalar | undefined {
  const node = resolved(given, at);
  if (node === undefined) return undefined;
  if (node === null || (isScalar(node) && node.value === null)) {
    report(at, "has no value", given);
    return undefined;
  }
  if (!isScalar(node)) {
    report(at, "must be a single value", given);
    return undefined;
  }
  if (typeof node.value !== "string") return node.value as PlainScalar;
  const expansion = expandScalar(node.value, at.context.expand);
  if (expansion.ok) return expansion.text;
  report(at, expansion.message, given);
  return undefined;
}

/** Follows an alias; `undefined` when the file has more nodes than any configuration needs. */
function resolved(node: Node | null, at: Place): Node | null | undefined {
  const { budget, document } = at.context;
  budget.nodesLeft -= 1;
  if (budget.nodesLeft < 0) {
    if (budget.nodesLeft === -1) report(at, "the file is too large, or its aliases repeat each other", node);
    return undefined;
  }
  return isAlias(node) ? (node.resolve(document) ?? null) : node;
}

function accepted<T>(converted: Converted<T>, at: Place, node: Node | null): T | undefined {
  if (converted.ok) return converted.value;
  report(at, converted.message, node);
  return undefined;
}

function report(at: Place, message: string, node: Node | null | undefined): void {
  at.context.map.report(at.path, message, node ?? null);
}

function child(at: Place, name: string): Place {
  return { context: at.context, path: at.path === "" ? name : `${at.path}.${name}` };
}

function fieldNames(schema: DescMessage): string[] {
  return schema.fields.map((field) => field.name);
}
