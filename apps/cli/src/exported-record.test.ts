import { create, toBinary } from "@bufbuild/protobuf";
import { sizeDelimitedDecodeStream } from "@bufbuild/protobuf/wire";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { SequencedRecordSchema } from "@tapio/contracts/subscribe/v1/subscribe";
import { JournalRecord } from "@tapio/journal";
import { describe, expect, it } from "vitest";
import { exportedBinary, exportedJson } from "./exported-record.ts";

const bytes = toBinary(RecordSchema, create(RecordSchema, { kind: { case: "event", value: { id: "a", type: "x.y" } } }));
const record = new JournalRecord(300, 1_793_534_400_050, bytes);

describe("an exported record", () => {
  it("is one line of JSON with its place", () => {
    expect(exportedJson(record)).toBe(
      '{"sequence":300,"acceptedTime":"2026-11-01T12:00:00.050Z","record":{"event":{"id":"a","type":"x.y"}}}\n',
    );
  });

  it("is a delimited SequencedRecord, with the record's bytes as they came", async () => {
    const unknownField = Uint8Array.of(0xa2, 0x06, 0x01, 0x41);
    const stream = [
      exportedBinary(record),
      exportedBinary(new JournalRecord(301, record.appendedAtMs, Buffer.concat([bytes, unknownField]))),
    ];
    const read = [];
    for await (const message of sizeDelimitedDecodeStream(
      SequencedRecordSchema,
      (async function* () {
        yield* stream;
      })(),
    ))
      read.push(message);
    expect(read.map(({ sequence, acceptedTime }) => [sequence, acceptedTime?.seconds, acceptedTime?.nanos])).toEqual([
      [300n, 1_793_534_400n, 50_000_000],
      [301n, 1_793_534_400n, 50_000_000],
    ]);
    expect(read[0]?.record?.kind.value?.id).toBe("a");
    expect(Buffer.from(stream[1] ?? []).includes(Buffer.concat([bytes, unknownField]))).toBe(true);
  });
});
