import { toJson } from "@bufbuild/protobuf";
import { RecordSchema, type Record as TapioRecord } from "@tapio/contracts/domain/v1/record";
import { clearJson, createJsonOutput, kindName, putJson, putRecordJson, putTimestamp, type RecordView } from "@tapio/domain";

/** Used for one payload after the other. */
const out = createJsonOutput();

/**
 * The Standard Webhooks payload of one record, as UTF-8 JSON: `type` and `timestamp` of the record, its `kind` and `id` beside them, and as
 * `data` the record itself in proto3 JSON (`tapio.domain.v1.Record`), which has the kind as its one key. Written straight from the record's
 * bytes.
 * @throws Error when the record has no JSON form, e.g. an infinite number in its data
 */
export function encodePayload(view: RecordView): Uint8Array {
  const { type, timeSeconds, timeNanos, kind, id } = view.header;
  clearJson(out);
  putJson(out, `{"type":${JSON.stringify(type)},"timestamp":`);
  putTimestamp(out, timeSeconds, timeNanos);
  putJson(out, `,"kind":"${kindName(kind)}","id":${JSON.stringify(id)},"data":`);
  putRecordJson(out, view);
  putJson(out, "}");
  return Buffer.from(out.bytes.subarray(0, out.length));
}

/** The same of a record that is there as a message alone. */
export function encodeMessage(record: TapioRecord): Uint8Array {
  const { kind } = record;
  if (kind.case === undefined) throw new Error("the record is neither an event, a finding nor a correlation");
  const data = toJson(RecordSchema, record) as Readonly<Record<string, { readonly time?: string }>>;
  const payload = { type: kind.value.type, timestamp: data[kind.case]?.time, kind: kind.case, id: kind.value.id, data };
  return Buffer.from(JSON.stringify(payload), "utf8");
}
