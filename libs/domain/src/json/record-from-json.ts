import { fromJson, toBinary, type JsonValue } from "@bufbuild/protobuf";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import type { RecordProblem } from "../record-header.ts";
import { brokenText } from "./broken-text.ts";
import { locateJsonProblem } from "./locate-json-problem.ts";
import { longEnumNames } from "./long-enum-names.ts";

export type RecordFromJson =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly id: string }
  | { readonly ok: false; readonly problem: RecordProblem & { readonly id?: string } };

/** Levels of JSON; more than any record may have, so that a deep one is refused by the scan, with its field. */
const nestingMax = 400;

/**
 * Encodes one record from proto3 JSON, strictly: fields and enum names that are not known are refused. Enum names may be short (`WARNING`) or
 * whole (`SEVERITY_WARNING`). What the bytes hold is not validated here: that is the scan's.
 */
export function recordFromJson(json: unknown): RecordFromJson {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return refused({ field: "record", reason: 'must be an object such as {"event": {...}}' }, undefined);
  }
  const value = longEnumNames(RecordSchema, json as JsonValue, nestingMax);
  try {
    const record = fromJson(RecordSchema, value, { ignoreUnknownFields: false, recursionLimit: nestingMax });
    if (record.kind.case === undefined) {
      return refused({ field: "kind", reason: 'must hold one of event, finding and correlation, e.g. {"event": {...}}' }, undefined);
    }
    // Encoding would put U+FFFD in its place; outside of `data`, the decoder refuses it.
    const broken = brokenText(record.kind.value.data, `${record.kind.case}.data`);
    if (broken !== undefined) return refused(broken, idOf(value));
    return { ok: true, bytes: toBinary(RecordSchema, record), id: record.kind.value.id };
  } catch (reason) {
    return refused(locateJsonProblem(RecordSchema, value, nestingMax) ?? { field: "record", reason: messageOf(reason) }, idOf(value));
  }
}

function refused(problem: RecordProblem, id: string | undefined): RecordFromJson {
  return { ok: false, problem: id === undefined ? problem : { ...problem, id } };
}

/** The id of a record that could not be read whole, so that its sender can find it. */
function idOf(value: JsonValue): string | undefined {
  for (const inner of Object.values(value as { [kind: string]: JsonValue })) {
    if (typeof inner === "object" && inner !== null && "id" in inner && typeof inner["id"] === "string") return inner["id"].slice(0, 128);
  }
  return undefined;
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
