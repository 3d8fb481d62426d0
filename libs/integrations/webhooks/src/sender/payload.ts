import { toJson } from "@bufbuild/protobuf";
import { RecordSchema, type Record as TapioRecord } from "@tapio/contracts/domain/v1/record";

/**
 * The Standard Webhooks payload of one record, as UTF-8 JSON: `type` and `timestamp` of the record, its `kind` and `id` beside them, and as
 * `data` the record itself in proto3 JSON (`tapio.domain.v1.Record`), which has the kind as its one key.
 * @throws Error when the record has no JSON form, e.g. an infinite number in its data
 */
export function encodePayload(record: TapioRecord): Uint8Array {
  const { kind } = record;
  if (kind.case === undefined) throw new Error("the record is neither an event, a finding nor a correlation");
  const data = toJson(RecordSchema, record) as Readonly<Record<string, { readonly time?: string }>>;
  const payload = { type: kind.value.type, timestamp: data[kind.case]?.time, kind: kind.case, id: kind.value.id, data };
  return Buffer.from(JSON.stringify(payload), "utf8");
}
