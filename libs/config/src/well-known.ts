import { create, type DescMessage } from "@bufbuild/protobuf";
import { reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import { DurationSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { parseRfc3339 } from "@tapio/domain";
import { parseDuration } from "./quantities.ts";
import type { Converted, PlainScalar } from "./scalar.ts";

/** How a well-known message is written as one scalar in YAML; `undefined` for all other messages. */
export function wellKnownMessage(schema: DescMessage): ((value: PlainScalar) => Converted<ReflectMessage>) | undefined {
  switch (schema.typeName) {
    case DurationSchema.typeName:
      return durationOf;
    case TimestampSchema.typeName:
      return timestampOf;
    default:
      return undefined;
  }
}

function durationOf(value: PlainScalar): Converted<ReflectMessage> {
  const nanoseconds = typeof value === "string" ? parseDuration(value) : value === 0 ? 0n : undefined;
  if (nanoseconds === undefined) return { ok: false, message: "must be a duration with its unit, e.g. 500ms, 30s, 5m, 1h30m" };
  const duration = create(DurationSchema, { seconds: nanoseconds / 1_000_000_000n, nanos: Number(nanoseconds % 1_000_000_000n) });
  return { ok: true, value: reflect(DurationSchema, duration) };
}

function timestampOf(value: PlainScalar): Converted<ReflectMessage> {
  const parsed = typeof value === "string" ? parseRfc3339(value) : undefined;
  if (parsed === undefined) return { ok: false, message: "must be a time in RFC 3339, e.g. 2026-11-01T12:00:00Z" };
  return { ok: true, value: reflect(TimestampSchema, create(TimestampSchema, parsed)) };
}
