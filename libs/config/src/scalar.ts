import { ScalarType, type DescEnum } from "@bufbuild/protobuf";
import { parseBytes } from "./quantities.ts";

export type Converted<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/** A scalar as YAML has it, its references expanded. */
export type PlainScalar = string | number | bigint | boolean | null;

/** Converts a YAML scalar to what a proto field of this type holds; `isBytes` also takes sizes such as `64MiB`. */
export function convertScalar(type: ScalarType, value: PlainScalar, isBytes: boolean): Converted<string | number | bigint | boolean> {
  switch (type) {
    case ScalarType.STRING:
      return typeof value === "string" ? { ok: true, value } : bad(`must be text, not ${nameOf(value)}: put it in quotes`);
    case ScalarType.BOOL:
      if (value === "true" || value === "false") return { ok: true, value: value === "true" };
      return typeof value === "boolean" ? { ok: true, value } : bad(`must be true or false, not ${nameOf(value)}`);
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return convertDouble(value);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return narrow(convertInteger(value, isBytes, 0n, 0xffff_ffffn));
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return narrow(convertInteger(value, isBytes, -0x8000_0000n, 0x7fff_ffffn));
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return convertInteger(value, isBytes, 0n, 0xffff_ffff_ffff_ffffn);
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return convertInteger(value, isBytes, -0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn);
    case ScalarType.BYTES:
      return bad("cannot be written in YAML");
  }
}

/** Takes `WARNING` as well as `SEVERITY_WARNING`, in any case; the zero value, which means "not stated", cannot be named. */
export function convertEnum(desc: DescEnum, value: PlainScalar): Converted<number> {
  const prefix = (desc.sharedPrefix ?? "").toUpperCase();
  const names = desc.values
    .filter((entry) => entry.number !== 0)
    .map((entry) => ({ number: entry.number, name: entry.name.slice(prefix.length) }));
  const wanted = typeof value === "string" ? value.toUpperCase() : "";
  const found = names.find(({ name }) => name === wanted || `${prefix}${name}` === wanted);
  if (found !== undefined) return { ok: true, value: found.number };
  return bad(`must be one of ${names.map(({ name }) => name).join(", ")}`);
}

function convertDouble(value: PlainScalar): Converted<number> {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number)
    ? { ok: true, value: number }
    : bad(`must be a number, not ${nameOf(value)}`);
}

function convertInteger(value: PlainScalar, isBytes: boolean, min: bigint, max: bigint): Converted<bigint> {
  const integer = integerOf(value, isBytes);
  if (integer === undefined) {
    return bad(
      isBytes ? `must be a number of bytes such as 4096 or 64MiB, not ${nameOf(value)}` : `must be a whole number, not ${nameOf(value)}`,
    );
  }
  return integer < min || integer > max ? bad(`must be between ${min} and ${max}`) : { ok: true, value: integer };
}

function integerOf(value: PlainScalar, isBytes: boolean): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== "string") return undefined;
  if (isBytes) return parseBytes(value);
  return /^-?\d+$/.test(value) ? BigInt(value) : undefined;
}

function narrow(converted: Converted<bigint>): Converted<number> {
  return converted.ok ? { ok: true, value: Number(converted.value) } : converted;
}

/** The type alone: a value might be a secret. */
function nameOf(value: PlainScalar): string {
  if (value === null) return "nothing";
  return typeof value === "string" ? "this text" : typeof value === "boolean" ? "true or false" : "a number";
}

function bad(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}
