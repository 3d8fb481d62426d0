import { toBinary } from "@bufbuild/protobuf";
import { RecordSchema, type Record } from "@tapio/contracts/domain/v1/record";
import { encodeInner, type LocalMessage } from "./encode-message.ts";
import { encodePlan, type EncodePlan } from "./encode-plan.ts";
import { createWireOutput, dropWritten, takeWritten } from "./wire-output.ts";

/** A record holds one message of these, by the name of its kind. */
const kinds: ReadonlyMap<string, { readonly tag: number; readonly plan: EncodePlan }> = new Map(
  RecordSchema.oneofs.flatMap(({ fields }) =>
    fields.map(({ localName, number, message }) => {
      if (message === undefined) throw new Error(`a record's ${localName} is no message`);
      return [localName, { tag: (number << 3) | 2, plan: encodePlan(message) }];
    }),
  ),
);
const out = createWireOutput();

/**
 * Encodes a record that this process made itself (what came in as bytes is kept as it came) as protobuf-es does, at a fraction of the price.
 * Unusual ones (fields of other builds, moments before 1970) are left to protobuf-es. The bytes share memory with those of other records:
 * nobody may write to them or give their buffer away.
 */
export function encodeRecord(record: Record): Uint8Array {
  return encodeUsualRecord(record) ?? toBinary(RecordSchema, record);
}

/** `undefined` for what is unusual. */
export function encodeUsualRecord(record: Record): Uint8Array | undefined {
  const kind = record.kind.case === undefined ? undefined : kinds.get(record.kind.case);
  if (kind === undefined || record.$unknown !== undefined) return undefined;
  // Also of what an exception left there.
  dropWritten(out);
  const value = record.kind.value satisfies object | undefined as LocalMessage | undefined;
  return encodeInner(out, kind.tag, kind.plan, value) ? takeWritten(out) : undefined;
}
