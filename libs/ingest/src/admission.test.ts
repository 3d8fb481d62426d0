import { create } from "@bufbuild/protobuf";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { encodeRecord } from "@tapio/domain";
import { JournalError } from "@tapio/journal";
import { createFakeClock, createRecordingMeter, sampleEvent } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { createAdmission, type Admission, type AdmissionLimits, type Pressure } from "./admission.ts";
import { createFakeJournal, type FakeJournal } from "./testdata/fake-journal.ts";

const call = { signal: new AbortController().signal, source: "test" };

function event(id: string, message = ""): { bytes: Uint8Array } {
  return { bytes: encodeRecord(create(RecordSchema, { kind: { case: "event", value: sampleEvent({ id, message }) } })) };
}

function open(limits?: AdmissionLimits): {
  admission: Admission;
  journal: FakeJournal;
  meter: ReturnType<typeof createRecordingMeter>;
  clock: ReturnType<typeof createFakeClock>;
} {
  const journal = createFakeJournal();
  const meter = createRecordingMeter();
  const clock = createFakeClock();
  return { admission: createAdmission({ journal, clock, meter, ...(limits === undefined ? {} : { limits }) }), journal, meter, clock };
}

describe("admission", () => {
  it("answers each record in its place: accepted, duplicate, rejected", async () => {
    const { admission, journal, meter } = open();
    const results = await admission.submit(
      [
        event("a"),
        { bytes: Uint8Array.of(0xff) },
        { problem: { id: "x", field: "event.severity", reason: "unknown" } },
        event("a"),
        event("b"),
      ],
      call,
    );
    expect(results).toMatchObject([
      { status: "accepted", id: "a", sequence: 1 },
      { status: "rejected" },
      { status: "rejected", id: "x", field: "event.severity", reason: "unknown" },
      { status: "duplicate", id: "a", sequence: 1 },
      { status: "accepted", id: "b", sequence: 2 },
    ]);
    expect(journal.appended.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(
      ["accepted", "duplicate", "rejected"].map((result) => meter.value("tapio_ingest_records_total", { source: "test", result })),
    ).toEqual([2, 1, 2]);
  });

  it("keeps a record's bytes as they came", async () => {
    const { admission, journal } = open();
    const { bytes } = event("a");
    await admission.submit([{ bytes }], call);
    expect(journal.appended[0]?.bytes).toEqual(bytes);
  });

  it("refuses a record over the limit, and takes the others of its batch", async () => {
    const { admission } = open({ recordBytesMax: 1_000, pendingBytesMax: 10_000 });
    const results = await admission.submit([event("big", "x".repeat(1_000)), event("small")], call);
    expect(results[0]).toMatchObject({
      status: "rejected",
      field: "record",
      reason: expect.stringMatching(/^is \d+ bytes; the limit is 1000 /) as string,
    });
    expect(results[1]).toMatchObject({ status: "accepted" });
  });

  it("does not trouble the journal when there is nothing to append", async () => {
    const { admission, journal } = open();
    journal.failNext(new Error("must not be called"));
    expect(await admission.submit([], call)).toEqual([]);
  });

  it("tells callers to come later when too much waits for its commit, and takes them again afterwards", async () => {
    const { admission, journal, meter } = open({ recordBytesMax: 10_000, pendingBytesMax: 1_000 });
    const release = journal.hold();
    const waiting = admission.submit([event("a", "x".repeat(900))], call);
    await expect(admission.submit([event("b", "x".repeat(900))], call)).rejects.toMatchObject({ name: "Overloaded", retryAfterMs: 1_000 });
    expect(meter.value("tapio_ingest_records_total", { source: "test", result: "refused" })).toBe(1);
    expect(admission.pending()).toEqual({ groups: 1, bytes: event("a", "x".repeat(900)).bytes.byteLength });
    release();
    await waiting;
    expect(admission.pending()).toEqual({ groups: 0, bytes: 0 });
    expect(await admission.submit([event("b", "x".repeat(900))], call)).toMatchObject([{ status: "accepted" }]);
  });

  it("tells callers to come later while it is told that nothing may be taken, and answers rejections all the same", async () => {
    const journal = createFakeJournal();
    const meter = createRecordingMeter();
    let pressure: Pressure | undefined = { message: "destination oncall has fallen too far behind", retryAfterMs: 2_500 };
    const admission = createAdmission({ journal, clock: createFakeClock(), meter, pressure: () => pressure });
    await expect(admission.submit([event("a")], call)).rejects.toMatchObject({
      name: "Overloaded",
      message: "destination oncall has fallen too far behind",
      retryAfterMs: 2_500,
    });
    expect(meter.value("tapio_ingest_records_total", { source: "test", result: "refused" })).toBe(1);
    expect(await admission.submit([{ problem: { field: "event", reason: "unknown" } }], call)).toMatchObject([{ status: "rejected" }]);
    pressure = undefined;
    expect(await admission.submit([event("a")], call)).toMatchObject([{ status: "accepted", sequence: 1 }]);
  });

  it("takes a batch that is larger than the bound alone, when nothing else waits", async () => {
    const { admission } = open({ recordBytesMax: 10_000, pendingBytesMax: 10 });
    expect(await admission.submit([event("a")], call)).toMatchObject([{ status: "accepted" }]);
  });

  it("turns a failing journal into a call to come later, and is unhealthy until it succeeds again", async () => {
    const { admission, journal } = open();
    journal.failNext(new JournalError("full", "no space left on device"));
    await expect(admission.submit([event("a")], call)).rejects.toMatchObject({
      name: "Overloaded",
      message: "the journal cannot be written (full): no space left on device",
      retryAfterMs: 5_000,
    });
    expect(admission.health()).toMatchObject({ healthy: false, message: "no space left on device" });
    await admission.submit([event("a")], call);
    expect(admission.health()).toMatchObject({ healthy: true, message: "" });
  });

  it("asks for records again after a while when the failure may have passed, since nobody else would find out", async () => {
    const { admission, journal, clock } = open();
    journal.failNext(new JournalError("full", "no space left on device"));
    await expect(admission.submit([event("a")], call)).rejects.toThrow();
    await clock.advance(4_999);
    expect(admission.health()).toMatchObject({ healthy: false });
    await clock.advance(1);
    expect(admission.health()).toMatchObject({ healthy: true, message: "no space left on device" });
  });

  it("lets an unexpected failure through as it is", async () => {
    const { admission, journal } = open();
    journal.failNext(new TypeError("a bug"));
    await expect(admission.submit([event("a")], call)).rejects.toThrow(TypeError);
  });

  it("closes after what it took is committed, and takes nothing more", async () => {
    const { admission, journal } = open();
    const release = journal.hold();
    const waiting = admission.submit([event("a")], call);
    const closed = admission.close();
    await expect(admission.submit([event("b")], call)).rejects.toMatchObject({
      name: "Overloaded",
      message: "the gateway is shutting down",
    });
    release();
    await closed;
    expect(await waiting).toMatchObject([{ status: "accepted" }]);
    expect(admission.health()).toMatchObject({ healthy: false, message: "shutting down" });
  });
});
