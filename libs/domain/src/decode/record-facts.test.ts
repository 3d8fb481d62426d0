import { toBinary } from "@bufbuild/protobuf";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordOf, viewOf } from "../create-record-view.ts";
import type { RecordView } from "../record-view.ts";
import { boundaryVariants, mutate, mutations } from "../testdata/mutations.ts";
import { validRecordBytes } from "../testdata/record-arbitrary.ts";
import { sampleCorrelation, sampleEvent, sampleFinding } from "../testdata/sample-records.ts";
import { wireTree } from "../testdata/wire-tree.ts";
import { factsOf, usualFacts } from "./record-facts.ts";

const RUNS = Number(process.env["TAPIO_FUZZ_RUNS"] ?? 1_000);
const SEED = Number(process.env["TAPIO_FUZZ_SEED"] ?? 20_261_101);

function scanned(bytes: Uint8Array): RecordView | undefined {
  const result = viewOf(bytes);
  return result.ok ? result.view : undefined;
}

describe("factsOf", () => {
  it("tells the outcome, state or kind, the cluster and the trace", () => {
    const facts = [sampleEvent(), sampleFinding(), sampleCorrelation()].map((record) => usualFacts(toBinary(RecordSchema, record)));
    expect(facts.map((fact) => [fact?.detail, fact?.cluster, fact?.trace?.spanId])).toEqual([
      [2, "prod-eu-1", "00f067aa0ba902b7"],
      [1, "prod-eu-1", "00f067aa0ba902b7"],
      [3, "prod-eu-1", "00f067aa0ba902b7"],
    ]);
  });

  it("tells of bytes of any form that the scan takes what the decoded record tells", { timeout: 60_000 }, () => {
    let usual = 0;
    let taken = 0;
    const compare = (bytes: Uint8Array) => {
      const view = scanned(bytes);
      if (view === undefined) return;
      taken++;
      if (usualFacts(bytes) !== undefined) usual++;
      const { case: kind, value } = recordOf(view);
      const detail = kind === "event" ? value.outcome : kind === "finding" ? value.state : value.kind;
      expect(factsOf(view)).toStrictEqual({ detail, cluster: value.source?.cluster ?? "", trace: value.trace });
    };
    for (const record of [sampleEvent(), sampleFinding(), sampleCorrelation()]) {
      for (const bytes of boundaryVariants(wireTree(RecordSchema, toBinary(RecordSchema, record)))) compare(bytes);
    }
    fc.assert(
      fc.property(validRecordBytes, mutations, (valid, changes) => {
        compare(valid);
        compare(mutate(wireTree(RecordSchema, valid), changes));
      }),
      { numRuns: RUNS, seed: SEED },
    );
    expect(usual / taken).toBeGreaterThan(0.8);
    expect(usual / taken).toBeLessThan(1);
  });

  it("decodes nothing that has the usual form", () => {
    const bytes = toBinary(RecordSchema, sampleEvent());
    const decoded = (): never => {
      throw new Error("decoded");
    };
    const view: RecordView = { header: scanned(bytes)!.header, bytes, size: bytes.length, decoded, decodedOnce: decoded };
    expect(factsOf(view).detail).toBe(2);
    expect(() => factsOf({ ...view, bytes: bytes.subarray(1) })).toThrow("decoded");
  });
});
