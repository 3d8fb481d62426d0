import { fromBinary } from "@bufbuild/protobuf";
import { RecordSchema, type Record } from "@tapio/contracts/domain/v1/record";
import { recordFromJson } from "@tapio/domain";
import { CommandFailure } from "./io.ts";

/** A record of a file, or what is wrong with it; `index` counts from 0. */
export type ReadRecord = { readonly index: number } & (
  { readonly record: Record } | { readonly problem: { readonly id?: string; readonly field: string; readonly reason: string } }
);

/**
 * Reads records in proto3 JSON, e.g. `{"event": {...}}`: one, an array of them, or one per line; also as `journal export`, `query --json` and `tail --json`
 * write them, with their place around them.
 * @throws CommandFailure when the text is not JSON, with the line.
 */
export function readRecords(bytes: Uint8Array, file: string): readonly ReadRecord[] {
  const text = new TextDecoder().decode(bytes);
  return valuesOf(text, file).map((value, index) => {
    const read = recordFromJson(withoutPlace(value));
    return read.ok ? { index, record: fromBinary(RecordSchema, read.bytes) } : { index, problem: read.problem };
  });
}

/** The record of `{"sequence", "record"}`; a record of its own has neither field. */
function withoutPlace(value: unknown): unknown {
  return typeof value === "object" && value !== null && "sequence" in value && "record" in value ? value.record : value;
}

function valuesOf(text: string, file: string): readonly unknown[] {
  const whole = parse(text);
  if (whole.ok) return Array.isArray(whole.value) ? whole.value : [whole.value];
  const lines = text.split("\n").map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const filled = lines.filter(({ line }) => line !== "");
  const first = filled[0];
  // One value over several lines that is broken somewhere: its own message says more than that its first line is no JSON.
  if (first === undefined || !parse(first.line).ok)
    throw new CommandFailure(1, `${file}: not JSON: ${first === undefined ? "it is empty" : whole.message}`);
  return filled.map(({ line, number }) => {
    const parsed = parse(line);
    if (!parsed.ok) throw new CommandFailure(1, `${file}:${number}: not JSON: ${parsed.message}`);
    return parsed.value;
  });
}

function parse(text: string): { ok: true; value: unknown } | { ok: false; message: string } {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (reason) {
    return { ok: false, message: reason instanceof Error ? reason.message : String(reason) };
  }
}
