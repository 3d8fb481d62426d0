import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { withFolder } from "../test/in-thread.ts";
import { createGroupPacker } from "./group-packer.ts";
import { hashId } from "./id-hash.ts";
import { createSegmentBuilder, placesIn } from "./index-segment.ts";
import { type IndexStore, openIndexStore } from "./index-store.ts";
import { openWriteStore, type WriteStore } from "./write-store.ts";

const SEGMENT = 50;

interface Place {
  readonly journalFile: string;
  readonly indexFile: string;
  readonly writer: WriteStore;
}

/** A journal without a dedupe window to speak of, so that ids can come again. */
async function withPlace(work: (place: Place) => void | Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const [journalFile, indexFile] = [join(folder, "journal.db"), join(folder, "index.db")];
    const writer = openWriteStore({ file: journalFile, dedupeRecords: 1, dedupeAgeMs: 0, fileBytesMax: 0 });
    try {
      await work({ journalFile, indexFile, writer });
    } finally {
      writer.close();
    }
  });
}

function withIndex<Result>({ journalFile, indexFile }: Place, work: (index: IndexStore) => Result): Result {
  const index = openIndexStore({ journalFile, indexFile, segmentRecords: SEGMENT, everyMs: 0 });
  try {
    return work(index);
  } finally {
    index.close();
  }
}

function append({ writer }: Place, ids: readonly string[]): void {
  const packer = createGroupPacker();
  packer.add(ids.map((id) => ({ id, bytes: new Uint8Array(1) })));
  writer.write({ group: packer.pack(1000), actions: [] });
}

const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => `r${from + n}`);

function find(index: IndexStore, { writer }: Place, id: string): number | undefined {
  const hash = new Uint32Array(4);
  hashId(id, hash, 0);
  return index.find(hash, writer.position());
}

/** Records r1 to r240 in groups of seven; the index has the segments 1-56, 57-112, 113-168 and 169-224. */
function fill(place: Place): void {
  for (let first = 1; first <= 240; first += 7) append(place, ids(first, Math.min(240, first + 6)));
}

const segmentsIn = ({ indexFile }: Place) => {
  const db = new DatabaseSync(indexFile, { readOnly: true });
  try {
    return db
      .prepare("SELECT first, last FROM segment ORDER BY first")
      .all()
      .map(({ first, last }) => [first, last]);
  } finally {
    db.close();
  }
};

describe("the index of ids (JRN-18)", () => {
  it("finds what is indexed, what is not yet, and nothing else, at every step of being built, and after reopening", () =>
    withPlace((place) => {
      fill(place);
      const findsAll = (index: IndexStore) => {
        for (let n = 1; n <= 240; n++) expect(find(index, place, `r${n}`)).toBe(n);
        expect(find(index, place, "r0")).toBeUndefined();
        expect(find(index, place, "r241")).toBeUndefined();
      };
      withIndex(place, (index) => {
        findsAll(index);
        expect(index.step()).toBe(true);
        findsAll(index);
        while (index.step());
        findsAll(index);
      });
      expect(segmentsIn(place)).toEqual([
        [1, 56],
        [57, 112],
        [113, 168],
        [169, 224],
      ]);
      append(place, ids(241, 242));
      withIndex(place, (index) => {
        expect(index.step()).toBe(false);
        expect([find(index, place, "r1"), find(index, place, "r242")]).toEqual([1, 242]);
      });
    }));

  it("gives the newest of an id that was written more than once, within a segment and across them", () =>
    withPlace((place) => {
      append(place, ["again", "x", "again", ...ids(1, 60)]);
      withIndex(place, (index) => {
        while (index.step());
        expect(find(index, place, "again")).toBe(3);
        append(place, [...ids(100, 160), "again"]);
        while (index.step());
        expect(find(index, place, "again")).toBe(125);
        append(place, ["y", "again"]);
        expect(find(index, place, "again")).toBe(127);
      });
    }));

  it("leaves out what was trimmed, and drops the segments that lie wholly in that", () =>
    withPlace((place) => {
      fill(place);
      withIndex(place, (index) => {
        while (index.step());
        while (place.writer.write({ actions: [{ kind: "trim", sequence: 120 }] }).actions[0]?.kind !== "trimmed");
        expect(place.writer.position().trimmedTo).toBe(119);
        expect([find(index, place, "r119"), find(index, place, "r120")]).toEqual([undefined, 120]);
        index.step();
        expect(find(index, place, "r120")).toBe(120);
      });
      expect(segmentsIn(place)).toEqual([
        [113, 168],
        [169, 224],
      ]);
    }));

  it.each([
    ["is missing", (file: string) => rmSync(file)],
    ["is no database", (file: string) => writeFileSync(file, "x".repeat(50_000))],
    ["is empty", (file: string) => writeFileSync(file, "")],
    ["is another program's", (file: string) => change(file, "PRAGMA application_id = 7")],
    ["is of another format", (file: string) => change(file, "PRAGMA user_version = 9")],
    [
      "has a changed byte",
      (file: string) => change(file, "UPDATE bucket SET entries = CAST(substr(entries, 1, 4) || 'xxxx' || substr(entries, 9) AS BLOB)"),
    ],
    ["has zeroed pages", (file: string) => writeFileSync(file, readFileSync(file).fill(0, 16_384))],
    ["ends in another journal's records", (file: string) => change(file, "UPDATE segment SET facts_crc = 1")],
    ["goes beyond the head", (file: string) => change(file, "UPDATE segment SET last = 9999 WHERE first = 169")],
  ])("finds everything all the same, and is made anew, when its file %s", (_, damage) =>
    withPlace((place) => {
      fill(place);
      withIndex(place, (index) => {
        while (index.step());
      });
      damage(place.indexFile);
      withIndex(place, (index) => {
        for (const n of [1, 57, 168, 224, 240]) expect(find(index, place, `r${n}`), `r${n}`).toBe(n);
        while (index.step());
        for (let n = 1; n <= 240; n++) expect(find(index, place, `r${n}`)).toBe(n);
      });
      expect(segmentsIn(place)).toHaveLength(4);
    }),
  );

  it("of a journal that was put back to an older state is made anew", () =>
    withPlace((place) => {
      fill(place);
      const older = `${place.journalFile}.older`;
      place.writer.write({ actions: [{ kind: "open", destination: "d", destinationKind: "k" }] });
      const db = new DatabaseSync(place.journalFile, { readOnly: true });
      db.prepare("VACUUM INTO ?").run(older);
      db.close();
      append(place, ids(241, 300));
      withIndex(place, (index) => {
        while (index.step());
      });
      const writer = openWriteStore({ file: older, dedupeRecords: 1, dedupeAgeMs: 0, fileBytesMax: 0 });
      const restored: Place = { ...place, journalFile: older, writer };
      append(
        restored,
        Array.from({ length: 60 }, (_, n) => `other${n}`),
      );
      withIndex(restored, (index) => {
        expect([find(index, restored, "other59"), find(index, restored, "r300"), find(index, restored, "r240")]).toEqual([
          300,
          undefined,
          240,
        ]);
        while (index.step());
        expect([find(index, restored, "other0"), find(index, restored, "r241")]).toEqual([241, undefined]);
      });
      writer.close();
    }));

  it("is built by itself, in pauses, and ends with the store", () =>
    withPlace(async (place) => {
      fill(place);
      const index = openIndexStore({ ...place, segmentRecords: SEGMENT, everyMs: 5 });
      await expect.poll(() => existsSync(place.indexFile) && segmentsIn(place).length, { timeout: 20_000 }).toBe(4);
      index.close();
      const size = statSync(place.indexFile).size;
      append(place, ids(241, 400));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(statSync(place.indexFile).size).toBe(size);
    }));
});

function change(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

describe("a segment", () => {
  it("has every record in the bucket of its hash, where a part of the hash leads to its places, the newest first", () => {
    const builder = createSegmentBuilder();
    const word = (bucket: number, second: number) => [bucket * 2 ** 22 + 5, second, 6, 7, 1];
    builder.add(Uint32Array.from([...word(3, 4_000_000_000), ...word(3, 1), ...word(255, 1)]), 0);
    builder.add(Uint32Array.from([...word(3, 1), ...word(3, 4_294_967_295)]), 70_000);
    expect(builder.count).toBe(5);
    const buckets = builder.buckets();
    expect(buckets.map(({ length }) => length / 2).filter((count) => count > 0)).toEqual([4, 1]);
    const places = (bucket: number, second: number) => placesIn(buckets[bucket] ?? new Uint32Array(), Uint32Array.of(0, second, 0, 0));
    expect(places(3, 1)).toEqual([70_000, 1]);
    expect(places(3, 4_294_967_295)).toEqual([70_001]);
    expect(places(3, 4_000_000_000)).toEqual([0]);
    expect(places(3, 2)).toEqual([]);
    expect(places(255, 1)).toEqual([2]);
    expect(places(0, 1)).toEqual([]);
  });
});
