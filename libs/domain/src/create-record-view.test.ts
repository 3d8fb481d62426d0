import { create, toBinary } from "@bufbuild/protobuf";
import { RecordKind, RecordSchema } from "@tapio/contracts/domain/v1/record";
import { ResourceSchema, Severity } from "@tapio/contracts/domain/v1/types";
import { describe, expect, it } from "vitest";
import { createRecordView, kindName, ownView, recordOf, viewOf, viewOfStored } from "./create-record-view.ts";
import { encodeRecord } from "./encode/encode-record.ts";
import { scanRecord } from "./scan/scan-record.ts";
import { sampleCorrelation, sampleEvent, sampleFinding } from "./testdata/sample-records.ts";

describe("a record view", () => {
  it("keeps the bytes as they came and decodes once", () => {
    const bytes = encodeRecord(sampleEvent());
    const result = viewOf(bytes);
    if (!result.ok) throw new Error(result.problem.reason);
    expect(result.view.bytes).toBe(bytes);
    expect(result.view.header.id).toBe("event-1");
    const record = result.view.decoded();
    expect(record).toEqual(sampleEvent());
    expect(result.view.decoded()).toBe(record);
    expect(result.view.decodedOnce()).toBe(record);
  });

  it("keeps no record for who looks at it once", () => {
    const result = viewOf(encodeRecord(sampleEvent()));
    if (!result.ok) throw new Error(result.problem.reason);
    const { view } = result;
    const record = view.decodedOnce();
    expect(record).toEqual(sampleEvent());
    expect(view.decodedOnce()).not.toBe(record);
    expect(view.decoded()).not.toBe(record);
  });

  it("of a stored record has the same header, and says why where there is none", () => {
    for (const record of [sampleEvent(), sampleFinding(), sampleCorrelation()]) {
      const bytes = encodeRecord(record);
      const [stored, judged] = [viewOfStored(bytes), viewOf(bytes)];
      if (!stored.ok || !judged.ok) throw new Error("both can be read");
      for (const name of ["kind", "id", "timeSeconds", "timeNanos", "type", "severity", "namespaces"] as const)
        expect(stored.view.header[name]).toStrictEqual(judged.view.header[name]);
      expect([stored.view.size, stored.view.bytes]).toEqual([bytes.length, bytes]);
      expect(stored.view.bytes).toBe(stored.view.bytes);
      expect(stored.view.decoded()).toEqual(record);
    }
    const cut = encodeRecord(sampleEvent()).subarray(0, 40);
    expect(viewOfStored(cut)).toStrictEqual(viewOf(cut));
    expect(viewOfStored(new Uint8Array(0))).toMatchObject({ ok: false, problem: { field: "kind" } });
  });

  it("of a stored record lies in the buffer that it was read in, and a copy of it stands by itself", () => {
    const bytes = encodeRecord(sampleEvent());
    const buffer = new Uint8Array(10_000);
    buffer.set(bytes, 5000);
    const read = viewOfStored(buffer, 5000, 5000 + bytes.length);
    if (!read.ok) throw new Error(read.problem.reason);
    expect([read.view.bytes.buffer === buffer.buffer, read.view.bytes]).toEqual([true, bytes]);
    const own = ownView(read.view);
    const record = read.view.decodedOnce();
    buffer.fill(0);
    expect([own.header.id, own.header.type, own.size]).toEqual(["event-1", "kernel.container.oom_kill", bytes.length]);
    expect(own.bytes.buffer.byteLength).toBe(bytes.length);
    expect(own.decoded()).toEqual(record);
  });

  it("of a stored record whose time turns out to be none is none", () => {
    const bytes = encodeRecord(sampleEvent()).slice();
    const time = bytes.indexOf(0x12, 5);
    bytes[time + 2] = 0x0b; // a group, in place of the seconds
    expect(viewOfStored(bytes)).toMatchObject({ ok: false, problem: { field: "event.time.seconds" } });
  });

  it("keeps its header, whatever is looked at after it, accepted or refused", () => {
    const inNamespace = (namespace: string): Uint8Array => {
      const event = sampleEvent();
      if (event.kind.case === "event") event.kind.value.resources = [create(ResourceSchema, { kind: "pod", name: "a", namespace })];
      return encodeRecord(event).slice();
    };
    const refused = inNamespace("refused");
    refused[Buffer.from(refused).indexOf("Der Container")] = 0xff; // behind the resources
    expect(viewOf(refused).ok).toBe(false);
    for (const make of [viewOf, viewOfStored]) {
      const namespaces = ["", "", "prod", "", "other", ""];
      const made = namespaces.map((namespace) => make(inNamespace(namespace)));
      viewOf(refused);
      expect(made.map((result) => result.ok && result.view.header.namespaces)).toEqual([[], [], ["prod"], [], ["other"], []]);
    }
  });

  it("is not made of bytes that the scan refuses", () => {
    expect(viewOf(new Uint8Array([0x0a, 0x05]))).toMatchObject({ ok: false, problem: { field: "event" } });
  });

  it("narrows to the kind that it holds", () => {
    for (const record of [sampleEvent(), sampleFinding(), sampleCorrelation()]) {
      const result = viewOf(encodeRecord(record));
      if (!result.ok) throw new Error(result.problem.reason);
      expect(recordOf(result.view)).toEqual(record.kind);
      expect(kindName(result.view.header.kind)).toBe(record.kind.case);
    }
  });

  it("refuses to narrow what has no kind", () => {
    const header = { kind: RecordKind.EVENT, id: "a", timeSeconds: 0, timeNanos: 0, type: "a", severity: Severity.INFO, namespaces: [] };
    expect(() => recordOf(createRecordView(new Uint8Array(0), header))).toThrow("the record has no kind");
    expect(() => kindName(RecordKind.UNSPECIFIED)).toThrow("there is no record kind 0");
  });
});

describe("encodeRecord", () => {
  it("gives bytes that the scan accepts and any protobuf reader decodes", () => {
    const bytes = encodeRecord(sampleFinding());
    expect(bytes).toEqual(toBinary(RecordSchema, sampleFinding()));
    expect(scanRecord(bytes)).toMatchObject({ ok: true, header: { id: "finding-1" } });
  });
});
