import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { PrometheusSnapshotSchema } from "@tapio/contracts/integrations/prometheus/v1/config";
import { describe, expect, it } from "vitest";
import { createSnapshotBytes, decodeSnapshot } from "./snapshot-bytes.ts";

const encode = (init: MessageInitShape<typeof PrometheusSnapshotSchema>): Uint8Array =>
  toBinary(PrometheusSnapshotSchema, create(PrometheusSnapshotSchema, init));

describe("the encoded snapshot", () => {
  it("holds series with their labels and counts, and counts are overwritten in place", () => {
    const bytes = createSnapshotBytes();
    const first = bytes.append("events", ["type", "a"], 1);
    bytes.append("findings", [], 7);
    bytes.write(first, 41);
    expect(decodeSnapshot(bytes.copy())).toEqual([
      { metric: "events", labels: ["type", "a"], value: 41 },
      { metric: "findings", labels: [], value: 7 },
    ]);
  });

  it.each([0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER])("keeps a count of %d exactly", (value) => {
    const bytes = createSnapshotBytes();
    bytes.write(bytes.append("events", [], 1), value);
    expect(decodeSnapshot(bytes.copy())).toEqual([{ metric: "events", labels: [], value }]);
  });

  it("grows past its first 4 KiB without losing a count, also for one series that is larger than twice the room", () => {
    const bytes = createSnapshotBytes();
    const offsets = Array.from({ length: 500 }, (_, index) => bytes.append("events", ["type", `type-${String(index)}`], index));
    bytes.append("events", ["type", "x".repeat(100_000)], 3);
    for (const [index, offset] of offsets.entries()) bytes.write(offset, index * 2);
    const decoded = decodeSnapshot(bytes.copy());
    expect(decoded).toHaveLength(501);
    expect(decoded.slice(0, 500).map(({ value }) => value)).toEqual(Array.from({ length: 500 }, (_, index) => index * 2));
    expect(decoded[500]?.labels[1]).toHaveLength(100_000);
  });

  it("has each text once, so that a series costs some thirty bytes", () => {
    const bytes = createSnapshotBytes();
    for (let index = 0; index < 1_000; index += 1) {
      bytes.append(
        "events",
        ["type", `kernel.network.case_${String(index % 10)}`, "namespace", `team-${String(Math.floor(index / 10))}`],
        index,
      );
    }
    expect(bytes.copy().length / 1_000).toBeLessThan(25);
    expect(decodeSnapshot(bytes.copy())[999]).toEqual({
      metric: "events",
      labels: ["type", "kernel.network.case_9", "namespace", "team-99"],
      value: 999,
    });
  });

  it("of version 1 is read, which has the texts in the series", () => {
    const old = encode({
      version: 1,
      seriesCount: 2,
      series: [
        { metric: "events", labels: ["type", "a"], value: 41n },
        { metric: "findings", value: 7n },
      ],
    });
    expect(decodeSnapshot(old)).toEqual([
      { metric: "events", labels: ["type", "a"], value: 41 },
      { metric: "findings", labels: [], value: 7 },
    ]);
  });

  it("gives copies that later writes do not reach", () => {
    const bytes = createSnapshotBytes();
    const offset = bytes.append("events", [], 5);
    const copy = bytes.copy();
    bytes.write(offset, 6);
    expect(decodeSnapshot(copy)[0]?.value).toBe(5);
  });

  it("is not empty without a series, so that nothing is not mistaken for a snapshot", () => {
    const empty = createSnapshotBytes().copy();
    expect(empty).toHaveLength(10);
    expect(decodeSnapshot(empty)).toEqual([]);
  });
});

describe("bytes that are no whole snapshot of this format", () => {
  const whole = createSnapshotBytes();
  whole.append("events", ["type", "a"], 3);
  const oneSeries = whole.copy().length;
  whole.append("events", ["type", "b"], 4);
  const good = whole.copy();
  const series = [{ metric: "events", labels: ["type", "a"], value: 1n }];
  const extra = new BinaryWriter().tag(9, WireType.Varint).uint32(1).finish();

  it.each([
    ["nothing at all", new Uint8Array(0), "the snapshot has no version; this build reads versions 1 to 2"],
    ["series without a version", encode({ series }), "the snapshot has no version; this build reads versions 1 to 2"],
    ["a later version", encode({ series, version: 3, seriesCount: 1 }), "the snapshot has version 3; this build reads versions 1 to 2"],
    ["a snapshot cut off between two series", good.slice(0, oneSeries), "the snapshot has 1 of its 2 series"],
    ["a field of a later version", Buffer.concat([good, extra]), "the snapshot has fields that this build does not know"],
    [
      "a series without a metric",
      encode({ version: 1, seriesCount: 1, series: [{ value: 1n }] }),
      "series 0 of the snapshot names no metric",
    ],
    [
      "a label without a value",
      encode({ version: 1, seriesCount: 1, series: [{ metric: "events", labels: ["type"], value: 1n }] }),
      "series 0 of the snapshot has a label without a value",
    ],
    [
      "a series that refers to a text that is not there",
      encode({ version: 2, seriesCount: 1, texts: ["events", "type"], series: [{ texts: [0, 1, 2], value: 1n }] }),
      "series 0 of the snapshot refers to a text that is not there",
    ],
    [
      "a series without texts",
      encode({ version: 2, seriesCount: 1, texts: ["events"], series: [{ metric: "events", value: 1n }] }),
      "series 0 of the snapshot names no metric",
    ],
    [
      "a count that no double holds",
      encode({ version: 1, seriesCount: 1, series: [{ metric: "events", value: 2n ** 53n }] }),
      "series 0 of the snapshot has a count past 2^53: 9007199254740992",
    ],
  ])("%s is refused", (_name, bytes, message) => {
    expect(() => decodeSnapshot(bytes)).toThrow(message);
  });

  it("a field of a later version inside a series is refused", () => {
    const body = new BinaryWriter().tag(1, WireType.LengthDelimited).string("events").raw(extra).finish();
    const bytes = new BinaryWriter()
      .raw(encode({ version: 1, seriesCount: 1 }))
      .tag(1, WireType.LengthDelimited)
      .bytes(body)
      .finish();
    expect(() => decodeSnapshot(bytes)).toThrow("series 0 of the snapshot has fields that this build does not know");
  });

  it("a snapshot cut off anywhere is refused", () => {
    for (let length = 0; length < good.length; length += 1) expect(() => decodeSnapshot(good.slice(0, length)), String(length)).toThrow();
  });
});
