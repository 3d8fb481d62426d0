import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import type { Record } from "@tapio/contracts/domain/v1/record";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundaryVariants, mutate, mutations } from "../testdata/mutations.ts";
import { validRecordBytes } from "../testdata/record-arbitrary.ts";
import { sampleCorrelation, sampleEvent, sampleFinding } from "../testdata/sample-records.ts";
import { brokenRule, stricterRules } from "../testdata/stricter-rules.ts";
import { encodeTree, wireTree } from "../testdata/wire-tree.ts";
import { viewOfStored } from "../create-record-view.ts";
import type { RecordHeader } from "../record-header.ts";
import { outlineOf } from "./outline.ts";
import { readHeader } from "./read-header.ts";
import { checkRecord, scanRecord } from "./scan-record.ts";

// The scan is held against protobuf-es, protovalidate and the rules by which it is stricter than both. `TAPIO_FUZZ_RUNS=200000 npx vitest run
// scan-differential` runs more, `TAPIO_FUZZ_SEED` other ones.

const RUNS = Number(process.env["TAPIO_FUZZ_RUNS"] ?? 1_000);
const SEED = Number(process.env["TAPIO_FUZZ_SEED"] ?? 20_261_101);
const TIMEOUT_MS = 30_000 + RUNS * 10;

const validator = createValidator();

/** The record and its header as decoding tells them; or why it is to be refused. */
function expected(bytes: Uint8Array): { readonly header: RecordHeader } | { readonly refusedBy: string } {
  const rule = brokenRule(RecordSchema, bytes);
  if (rule !== undefined) return { refusedBy: rule };
  let record: Record;
  try {
    record = fromBinary(RecordSchema, bytes);
  } catch {
    return { refusedBy: "decoding" };
  }
  return validator.validate(RecordSchema, record).kind === "valid" ? { header: headerOf(record) } : { refusedBy: "validation" };
}

function headerOf({ kind }: Record): RecordHeader {
  const { id, time, type, severity, resources } = kind.value!;
  const namespaces = [...new Set(resources.map(({ namespace }) => namespace).filter((namespace) => namespace !== ""))];
  const kinds = { event: 1, finding: 2, correlation: 3 } as const;
  return { kind: kinds[kind.case!], id, timeSeconds: Number(time!.seconds), timeNanos: time!.nanos, type, severity, namespaces };
}

/** In a buffer with other bytes before and behind. */
function amongOthers(bytes: Uint8Array): [buffer: Uint8Array, start: number, end: number] {
  return [Buffer.concat([Buffer.alloc(5, 0x0a), bytes, Buffer.alloc(9, 0x0a)]), 5, 5 + bytes.length];
}

function headerOfStored(bytes: Uint8Array): RecordHeader | undefined {
  const read = viewOfStored(...amongOthers(bytes));
  if (!read.ok) return undefined;
  const { kind, id, timeSeconds, timeNanos, type, severity, namespaces } = read.view.header;
  return { kind, id, timeSeconds, timeNanos, type, severity, namespaces };
}

/** Fails when the scan judges otherwise; gives back what refuses the bytes. */
function compare(bytes: Uint8Array): string | undefined {
  const judged = expected(bytes);
  const scan = scanRecord(bytes);
  const check = checkRecord(bytes);
  if ("header" in judged) {
    expect(scan).toStrictEqual({ ok: true, header: judged.header });
    expect(readHeader(bytes)).toStrictEqual(judged.header);
    expect(headerOfStored(bytes)).toStrictEqual(judged.header);
    expect(check.ok && Buffer.from(bytes).toString("latin1", check.idStart, check.idEnd)).toBe(judged.header.id);
    return undefined;
  }
  expect(scan, `refused by ${judged.refusedBy}`).toMatchObject({ ok: false, problem: { field: /./, reason: /./ } });
  expect(check).toStrictEqual(scan);
  // Whatever it makes of bytes that were never judged, it comes to an end.
  const header = readHeader(bytes);
  if (outlineOf(...amongOthers(bytes)) !== 0) expect(header).toBeDefined();
  return judged.refusedBy;
}

describe("the scan agrees with decoding, validation and its stricter rules", () => {
  it(
    "on records of all kinds that keep every rule",
    () => {
      fc.assert(
        fc.property(validRecordBytes, (bytes) => {
          expect(scanRecord(bytes)).toStrictEqual({ ok: true, header: headerOf(fromBinary(RecordSchema, bytes)) });
        }),
        { numRuns: Math.ceil(RUNS / 5), seed: SEED },
      );
    },
    TIMEOUT_MS,
  );

  it("at the bounds of every rule", { timeout: TIMEOUT_MS }, () => {
    for (const record of [sampleEvent(), sampleFinding(), sampleCorrelation()]) {
      for (const bytes of boundaryVariants(wireTree(RecordSchema, toBinary(RecordSchema, record)))) compare(bytes);
    }
  });

  it(
    "on records that were changed, whatever the change",
    () => {
      const refusals = new Set<string>();
      let taken = 0;
      fc.assert(
        fc.property(validRecordBytes, mutations, (valid, changes) => {
          const bytes = mutate(wireTree(RecordSchema, valid), changes);
          const refusedBy = compare(bytes);
          if (refusedBy === undefined) taken++;
          else refusals.add(refusedBy);
        }),
        { numRuns: RUNS, seed: SEED },
      );
      // The changes reach every rule, and do not only break records.
      expect([...refusals].sort()).toEqual([...Object.keys(stricterRules), "decoding", "validation"].sort());
      expect(taken / RUNS).toBeGreaterThan(0.2);
    },
    TIMEOUT_MS,
  );
});

describe("the generator", () => {
  it("puts a record together again as it was", () => {
    fc.assert(
      fc.property(validRecordBytes, (bytes) => {
        expect(encodeTree(wireTree(RecordSchema, bytes))).toEqual(bytes);
      }),
      { numRuns: 200, seed: SEED },
    );
  });
});
