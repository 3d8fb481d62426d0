import fc from "fast-check";
import { encodeTree, varint, wireField } from "./wire-tree.ts";
import type { WireField } from "./wire-tree.ts";

/** One change of an encoded record. The numbers are taken modulo what there is, so that each fits every record. */
export interface Mutation {
  readonly name: string;
  readonly target: number;
  readonly choice: number;
  readonly bytes: Uint8Array;
}

type TreeChange = (at: Place, mutation: Mutation) => void;

/** A field and the message that it stands in. */
interface Place {
  readonly message: WireField[];
  readonly index: number;
  readonly field: WireField;
}

const sizes = [
  0n,
  1n,
  3n,
  9n,
  127n,
  255n,
  256n,
  999_999_999n,
  1_000_000_000n,
  2n ** 31n,
  2n ** 32n,
  2n ** 32n + 3n,
  253_402_300_799n,
  253_402_300_800n,
];
const interestingVarints = [...sizes, ...sizes.map((size) => -size), -62_135_596_801n, 2n ** 63n];
const interestingDoubles = [NaN, Infinity, -Infinity, -0, 1, 1 + Number.EPSILON, -Number.MIN_VALUE, Number.MAX_VALUE, 2];
const interestingTexts = [
  "",
  "a",
  "a b",
  "a.b",
  "a..b",
  "a.",
  ".a",
  "a\n",
  "\ufeffa",
  "ü",
  "a".repeat(64),
  "a".repeat(65),
  "a".repeat(128),
  "a".repeat(129),
  "0".repeat(16),
  "F".repeat(16),
  "0".repeat(32),
  "f".repeat(33),
  "a.b.c.d.e.f.g.h",
  "a.b.c.d.e.f.g.h.i",
];
const badUtf8 = [
  [0x80],
  [0xc0, 0x80],
  [0xc1, 0xbf],
  [0xe0, 0x9f, 0xbf],
  [0xed, 0xa0, 0x80],
  [0xf0, 0x8f, 0xbf, 0xbf],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5],
  [0xff],
  [0xe2, 0x98],
  [0xf0, 0x9f, 0x98],
];
const goodUtf8 = [
  [0xc2, 0x80],
  [0xe0, 0xa0, 0x80],
  [0xed, 0x9f, 0xbf],
  [0xee, 0x80, 0x80],
  [0xf0, 0x90, 0x80, 0x80],
  [0xf4, 0x8f, 0xbf, 0xbf],
];

/** The fields that a change is for; without an entry, all of them. */
const suits: { readonly [name: string]: (field: WireField) => boolean } = {
  padLength: ({ wireType }) => wireType === 2,
  varint: ({ wireType }) => wireType === 0,
  overlongVarint: ({ wireType }) => wireType === 0,
  wideVarint: ({ wireType }) => wireType === 0,
  double: ({ wireType }) => wireType === 1,
  text: isLeaf,
  badUtf8: isLeaf,
  goodUtf8: isLeaf,
  empty: ({ wireType }) => wireType === 2,
};

const treeChanges: { readonly [name: string]: TreeChange } = {
  duplicate: ({ message, field }, { choice }) => void message.splice(choice % (message.length + 1), 0, structuredClone(field)),
  remove: ({ message, index }) => void message.splice(index, 1),
  reorder: ({ message, index, field }, { choice }) => {
    message.splice(index, 1);
    message.splice(choice % (message.length + 1), 0, field);
  },
  unknownField: ({ message, index }, { choice, bytes }) => void message.splice(index, 0, unknownField(choice, bytes)),
  wireType: ({ field }, { choice, bytes }) => {
    field.wireType = choice % 8;
    if (choice % 2 === 0) field.content = bytes;
  },
  fieldNumber: ({ field }, { choice }) => void (field.number = choice % 24),
  padTag: ({ field }, { choice }) => void (field.tagPadding = choice % 11),
  padLength: ({ field }, { choice }) => void (field.lengthPadding = choice % 11),
  varint: ({ field }, { choice }) =>
    void (field.content = Uint8Array.from(varint(interestingVarints[choice % interestingVarints.length] ?? 0n))),
  overlongVarint: ({ field }, { choice }) => void (field.content = Uint8Array.from(varint(BigInt(choice % 8), choice % 13))),
  // Ten bytes: up to 70 bits.
  wideVarint: ({ field }, { choice }) => {
    field.content = Uint8Array.from([
      ...Array.from({ length: 9 }, () => 0x80 | (choice % 8)),
      choice % 3 === 0 ? choice % 128 : choice % 2,
    ]);
  },
  double: ({ field }, { choice }) => {
    field.content = new Uint8Array(Float64Array.of(interestingDoubles[choice % interestingDoubles.length] ?? 0).buffer);
  },
  text: ({ field }, { choice }) => void (field.content = new TextEncoder().encode(interestingTexts[choice % interestingTexts.length])),
  badUtf8: ({ field }, mutation) => insertText(field, mutation, badUtf8),
  goodUtf8: ({ field }, mutation) => insertText(field, mutation, goodUtf8),
  empty: ({ field }) => void (field.content = []),
};

/** Changes of the record as a whole. */
const rootChanges: { readonly [name: string]: (root: WireField[], mutation: Mutation) => void } = {
  secondKind: (root, { choice }) => {
    const [first] = root;
    if (first !== undefined) root.push({ ...structuredClone(first), number: (choice % 3) + 1 });
  },
  nest: (root, { choice }) => nest(root, choice),
};

const byteChanges: { readonly [name: string]: (bytes: Uint8Array, mutation: Mutation) => Uint8Array } = {
  flipBit: (bytes, { target, choice }) => bytes.map((byte, at) => (at === target % bytes.length ? byte ^ (1 << (choice % 8)) : byte)),
  setByte: (bytes, { target, choice }) => bytes.map((byte, at) => (at === target % bytes.length ? choice & 0xff : byte)),
  truncate: (bytes, { target }) => bytes.slice(0, target % (bytes.length + 1)),
  insert: (bytes, { target, bytes: more }) => {
    const at = target % (bytes.length + 1);
    return Uint8Array.from([...bytes.subarray(0, at), ...more, ...bytes.subarray(at)]);
  },
  cut: (bytes, { target, choice }) => {
    const at = target % (bytes.length + 1);
    return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + (choice % 4))]);
  },
};

const treeNames = [...Object.keys(treeChanges), ...Object.keys(rootChanges)];
const byteNames = Object.keys(byteChanges);

/** One to three changes; more would only ever be refused for the first of them. */
export const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({
    name: fc.oneof({ arbitrary: fc.constantFrom(...treeNames), weight: 3 }, { arbitrary: fc.constantFrom(...byteNames), weight: 1 }),
    target: fc.nat(),
    choice: fc.nat(),
    bytes: fc.uint8Array({ maxLength: 9 }),
  }),
  { minLength: 1, maxLength: 3 },
);

/** Applies the changes of the structure first, then those of the bytes. Changes the tree. */
export function mutate(root: WireField[], changes: readonly Mutation[]): Uint8Array {
  for (const mutation of changes) {
    rootChanges[mutation.name]?.(root, mutation);
    const places = placesOf(root).filter(({ field }) => suits[mutation.name]?.(field) ?? true);
    const place = places[mutation.target % places.length];
    if (place !== undefined) treeChanges[mutation.name]?.(place, mutation);
  }
  let bytes = encodeTree(root);
  for (const mutation of changes) bytes = byteChanges[mutation.name]?.(bytes, mutation) ?? bytes;
  return bytes;
}

/** The record with each of its values replaced by each of the interesting ones of its type, one at a time, and with data of all depths around the deepest. */
export function* boundaryVariants(root: WireField[]): Generator<Uint8Array> {
  const values: readonly Uint8Array[][] = [
    interestingVarints.map((value) => Uint8Array.from(varint(value))),
    interestingDoubles.map((value) => new Uint8Array(Float64Array.of(value).buffer)),
    interestingTexts.map((value) => new TextEncoder().encode(value)),
  ];
  for (const { field } of placesOf(root)) {
    const { content } = field;
    if (!(content instanceof Uint8Array)) continue;
    for (const value of values[field.wireType] ?? []) {
      field.content = value;
      yield encodeTree(root);
    }
    field.content = content;
  }
  for (let choice = 0; choice < 42; choice++) {
    nest(root, choice);
    yield encodeTree(root);
  }
}

/** Puts nested data into the record: around the 48 levels at which decoders stop. */
function nest(root: WireField[], choice: number): void {
  const kind = root[0]?.content;
  if (kind === undefined || kind instanceof Uint8Array) return;
  const others = kind.filter((field) => field.number !== 13);
  kind.splice(0, kind.length, ...others, wireField(13, 2, nested(45 + (choice % 7), choice % 2 === 0, choice % 3 === 0)));
}

function isLeaf({ wireType, content }: WireField): boolean {
  return wireType === 2 && content instanceof Uint8Array;
}

function placesOf(message: WireField[]): Place[] {
  return message.flatMap((field, index) => [
    { message, index, field },
    ...(field.content instanceof Uint8Array ? [] : placesOf(field.content)),
  ]);
}

function unknownField(choice: number, bytes: Uint8Array): WireField {
  const number = [50, 200, 3000, 536_870_911, 0][choice % 5] ?? 50;
  const wireType = Math.floor(choice / 5) % 8;
  if (wireType === 0) return wireField(number, 0, Uint8Array.from(varint(BigInt(choice))));
  if (wireType === 1 || wireType === 5) return wireField(number, wireType, new Uint8Array(wireType === 1 ? 8 : 4));
  // A group that is closed as it should be, or left open, or closed without having been opened.
  const end = choice % 2 === 0 ? Uint8Array.from(varint(BigInt(number) * 8n + 4n)) : bytes;
  return wireField(number, wireType, wireType === 3 ? end : bytes);
}

function insertText(field: WireField, { choice }: Mutation, pieces: readonly (readonly number[])[]): void {
  if (!(field.content instanceof Uint8Array)) return;
  const at = choice % (field.content.length + 1);
  const piece = pieces[choice % pieces.length] ?? [];
  field.content = Uint8Array.from([...field.content.subarray(0, at), ...piece, ...field.content.subarray(at)]);
}

/** The fields of a Struct that holds `levels` of objects, or of lists; the innermost value is null, or an empty object, which is one message more. */
function nested(levels: number, lists: boolean, emptyObject: boolean): WireField[] {
  const key = wireField(1, 2, Uint8Array.of(0x61));
  let value = emptyObject ? wireField(5, 2, []) : wireField(1, 0, Uint8Array.of(0));
  for (let level = 0; level < levels; level++) {
    const inner = lists
      ? wireField(6, 2, [wireField(1, 2, [value])])
      : wireField(5, 2, [wireField(1, 2, [structuredClone(key), wireField(2, 2, [value])])]);
    value = inner;
  }
  return [wireField(1, 2, [key, wireField(2, 2, [value])])];
}
