import { copyFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { AppendEntry } from "@tapio/journal";
import { describe, expect, it } from "vitest";
import { withFolder } from "../test/in-thread.ts";
import { createGroupPacker } from "./group-packer.ts";
import type { WriteRequest, WriterAction } from "./messages.ts";
import { openReadStore } from "./read-store.ts";
import { unpackRecords } from "./stored-group.ts";
import { openWriteStore, type WriteStore } from "./write-store.ts";

const all = { records: 1_000_000, bytes: Infinity };

function request(entries: readonly AppendEntry[], ...actions: WriterAction[]): WriteRequest {
  const packer = createGroupPacker();
  packer.add(entries);
  return { group: entries.length > 0 ? packer.pack(1000) : undefined, actions };
}

const entries = (prefix: string, count: number, size = 1): AppendEntry[] =>
  Array.from({ length: count }, (_, n) => ({ id: `${prefix}${n}`, bytes: new Uint8Array(size).fill(n) }));

async function withStore(
  work: (store: WriteStore, file: string) => void,
  settings: { dedupeRecords?: number; dedupeAgeMs?: number; fileBytesMax?: number } = {},
) {
  await withFolder(async (folder) => {
    const file = join(folder, "journal.db");
    const store = openWriteStore({ file, dedupeRecords: 1000, dedupeAgeMs: 0, fileBytesMax: 0, ...settings });
    try {
      work(store, file);
    } finally {
      store.close();
    }
  });
}

function readAll(file: string): { sequence: number; bytes: Uint8Array }[] {
  const reader = openReadStore(file);
  try {
    return unpackRecords(reader.read(0, all, 1_000_000));
  } finally {
    reader.close();
  }
}

const rowsIn = (file: string): unknown => {
  const db = new DatabaseSync(file);
  try {
    return db
      .prepare("SELECT first_sequence AS first, record_count AS count, body IS NULL AS trimmed FROM record_group")
      .all()
      .map((row) => ({ ...row }));
  } finally {
    db.close();
  }
};

describe("groups", () => {
  it("are one row each, with the duplicates left out and the rest moved together", () =>
    withStore((store, file) => {
      store.write(request([{ id: "a", bytes: new Uint8Array([1]) }]));
      const group = ["b", "a", "c", "b", "d"].map((id, n) => ({ id, bytes: new Uint8Array(n + 1).fill(n) }));
      const reply = store.write(request(group));
      expect([...(reply.sequences ?? [])]).toEqual([2, -1, 3, -2, 4]);
      expect(rowsIn(file)).toEqual([
        { first: 1, count: 1, trimmed: 0 },
        { first: 2, count: 3, trimmed: 0 },
      ]);
      expect(readAll(file).map((one) => [...one.bytes])).toEqual([[1], [0], [2, 2, 2], [4, 4, 4, 4, 4]]);
    }));

  it("that are large are cut into rows of at most 1 MiB or 4096 records, in one transaction", () =>
    withStore((store, file) => {
      store.write(request(entries("big", 5, 500_000)));
      store.write(request(entries("huge", 2, 3_000_000)));
      store.write(request(entries("many", 9000)));
      expect(rowsIn(file)).toEqual([
        { first: 1, count: 2, trimmed: 0 },
        { first: 3, count: 2, trimmed: 0 },
        { first: 5, count: 1, trimmed: 0 },
        { first: 6, count: 1, trimmed: 0 },
        { first: 7, count: 1, trimmed: 0 },
        { first: 8, count: 4096, trimmed: 0 },
        { first: 4104, count: 4096, trimmed: 0 },
        { first: 8200, count: 808, trimmed: 0 },
      ]);
      const read = readAll(file);
      expect(read.map((one) => one.sequence)).toEqual(Array.from({ length: 9007 }, (_, n) => n + 1));
      expect(read[4]?.bytes).toEqual(new Uint8Array(500_000).fill(4));
      expect(read[9006]?.bytes).toEqual(new Uint8Array([8999 % 256]));
    }));

  it("hand their buffers back", () =>
    withStore((store) => {
      const sent = request(entries("a", 3));
      const reply = store.write(sent);
      expect(reply.table).toBe(sent.group?.table);
      expect(reply.bodies).toBe(sent.group?.bodies);
    }));
});

describe("opening after a kill (JRN-3, JRN-8)", () => {
  const openCopy = (file: string) => openWriteStore({ file, dedupeRecords: 1000, dedupeAgeMs: 0, fileBytesMax: 0 });

  it("brings what the write-ahead log holds into the file, synced, before its ids are recalled", () =>
    withStore((store, file) => {
      store.write(request(entries("a", 3), { kind: "open", destination: "d", destinationKind: "k" }));
      const [left, alone] = [`${file}.left`, `${file}.alone`];
      for (const suffix of ["", "-wal"]) copyFileSync(file + suffix, left + suffix);
      const again = openCopy(left);
      // The main file without its log.
      copyFileSync(left, alone);
      expect(readAll(alone)).toHaveLength(3);
      expect([...(again.write(request(entries("a", 3))).sequences ?? [])]).toEqual([-1, -2, -3]);
      again.close();
    }));

  it(
    "waits for a program that reads an older state, and says so when that does not end",
    () =>
      withStore((store, file) => {
        store.write(request(entries("a", 1)));
        const other = new DatabaseSync(file);
        other.exec("BEGIN; SELECT * FROM journal");
        store.write(request(entries("b", 1)));
        expect(() => openCopy(file)).toThrow(
          expect.objectContaining({ code: "locked", message: expect.stringContaining("reads an older") }),
        );
        other.close();
        openCopy(file).close();
      }),
    20_000,
  );
});

describe("trimming", () => {
  it("keeps ids within the dedupe window and removes those beyond it, in steps", () =>
    withStore(
      (store, file) => {
        for (let n = 0; n < 100; n++) store.write(request(entries(`g${n}-`, 2)));
        const step = () => store.write({ actions: [{ kind: "trim", sequence: 190 }] });
        expect(step()).toMatchObject({ trimmedTo: 128, head: 200, actions: [{ kind: "trimmed", done: false }] });
        expect(step()).toMatchObject({ trimmedTo: 190, actions: [{ kind: "trimmed", done: true }] });
        expect(step()).toMatchObject({ trimmedTo: 190, actions: [{ kind: "trimmed", done: true }] });
        const rows = rowsIn(file) as { first: number; trimmed: number }[];
        expect(rows.filter((row) => row.trimmed === 1).map((row) => row.first)).toEqual([181, 183, 185, 187, 189]);
        expect(rows.filter((row) => row.trimmed === 0).map((row) => row.first)).toEqual([191, 193, 195, 197, 199]);
        expect(readAll(file).map((one) => one.sequence)).toEqual([191, 192, 193, 194, 195, 196, 197, 198, 199, 200]);
      },
      { dedupeRecords: 20 },
    ));
});

describe("a full file (JRN-5, JRN-32)", () => {
  it("refuses the whole transaction, remembers nothing of it, and takes writes again when there is room", () =>
    withStore(
      (store, file) => {
        store.write(request(entries("kept", 10, 10_000), { kind: "open", destination: "d", destinationKind: "k" }));
        const tooMuch = (id: string) => request(entries(id, 10, 10_000));
        expect(() => store.write(tooMuch("refused"))).toThrow(expect.objectContaining({ code: "full" }));
        const change = { cursor: 9, state: new Uint8Array(200_000) };
        const actions: WriterAction[] = [
          { kind: "open", destination: "new", destinationKind: "k" },
          { kind: "commit", destination: "d", generation: 1, change },
        ];
        expect(() => store.write(request(entries("small", 1), ...actions))).toThrow(/nothing was written/);
        expect(readAll(file)).toHaveLength(10);
        expect(store.position()).toEqual({ head: 10, trimmedTo: 0 });
        // Neither cursor nor generation nor the new log is left in memory.
        const small = { kind: "commit", destination: "d", generation: 1, change: { cursor: 3 } } as const;
        expect(store.write({ actions: [small] }).actions).toEqual([{ kind: "committed" }]);
        expect(store.write({ actions: [{ kind: "open", destination: "new", destinationKind: "k" }] }).actions[0]).toMatchObject({
          log: { generation: 1 },
        });
        store.write({ actions: [{ kind: "trim", sequence: 10 }] });
        expect(store.write(tooMuch("refused"))).toMatchObject({ firstSequence: 11, sequences: undefined, head: 20 });
      },
      { fileBytesMax: 300_000 },
    ));
});

describe("the dedupe window (JRN-4)", () => {
  it("is as wide after a refused group as before, within a group larger than the window too", () =>
    withStore(
      (store) => {
        store.write(request(entries("early", 6)));
        store.write(request(entries("kept", 10)));
        for (const count of [4, 10, 25]) {
          expect(() => store.write(request(entries("refused", count, 100_000)))).toThrow(expect.objectContaining({ code: "full" }));
          const again = store.write(request(entries("kept", 10)));
          expect([...(again.sequences ?? [])]).toEqual([-7, -8, -9, -10, -11, -12, -13, -14, -15, -16]);
        }
        // Those beyond the window are not back: they are written again.
        expect(store.write(request(entries("early", 1)))).toMatchObject({ firstSequence: 17, sequences: undefined });
      },
      { dedupeRecords: 10, fileBytesMax: 300_000 },
    ));
});

describe("the age of ids (JRN-4, JRN-6)", () => {
  const at = (ids: readonly string[], nowMs: number): WriteRequest => {
    const packer = createGroupPacker();
    packer.add(ids.map((id) => ({ id, bytes: new Uint8Array(1) })));
    return { group: packer.pack(nowMs), actions: [] };
  };
  const sequences = (reply: { firstSequence: number; sequences?: Float64Array | undefined }) => reply.sequences?.[0] ?? reply.firstSequence;

  it("bounds the window by the time of the append, beside the count, also after reopening", () =>
    withStore(
      (store, file) => {
        store.write(at(["a"], 10_000));
        store.write(at(["b"], 15_000));
        expect(sequences(store.write(at(["a"], 19_999)))).toBe(-1);
        const again = openWriteStore({ file, dedupeRecords: 1000, dedupeAgeMs: 10_000, fileBytesMax: 0 });
        expect(sequences(again.write(at(["a"], 20_000)))).toBe(-1);
        expect(sequences(again.write(at(["a"], 20_001)))).toBe(3);
        expect(sequences(again.write(at(["b"], 20_001)))).toBe(-2);
        expect(sequences(again.write(at(["a"], 30_001)))).toBe(-3);
        again.close();
      },
      { dedupeAgeMs: 10_000 },
    ));

  it("does not forget because the clock was set back, and forgets what the new clock says is old", () =>
    withStore(
      (store) => {
        store.write(at(["a"], 100_000));
        expect(sequences(store.write(at(["a"], 1000)))).toBe(-1);
        store.write(at(["b"], 1000));
        expect(sequences(store.write(at(["b"], 105_000)))).toBe(-2);
        expect(sequences(store.write(at(["b"], 110_001)))).toBe(3);
      },
      { dedupeAgeMs: 10_000 },
    ));

  it("holds over many groups at little cost, to within a thousandth of the age", () =>
    withStore(
      (store) => {
        for (let n = 1; n <= 3000; n++) store.write(at([`r${n}`], n * 10));
        // Younger than 10 s at 30 s: those from 20 s on.
        const known = (n: number, nowMs: number) => sequences(store.write(at([`r${n}`], nowMs))) < 0;
        expect([known(3000, 30_000), known(2001, 30_000), known(1990, 30_000), known(1000, 30_000)]).toEqual([true, true, false, false]);
      },
      { dedupeAgeMs: 10_000 },
    ));
});

describe("damage at opening", () => {
  it("in one group's ids leaves the others recognised", () =>
    withStore((store, file) => {
      for (const id of ["a", "b", "c"]) store.write(request(entries(id, 2)));
      const other = new DatabaseSync(file);
      other.exec("UPDATE record_group SET entries = zeroblob(40) WHERE first_sequence = 3");
      other.close();
      const again = openWriteStore({ file, dedupeRecords: 1000, dedupeAgeMs: 0, fileBytesMax: 0 });
      const reply = again.write(request([...entries("a", 2), ...entries("b", 2), ...entries("c", 2)]));
      expect([...(reply.sequences ?? [])]).toEqual([-1, -2, 7, 8, -5, -6]);
      again.close();
    }));
});

describe("a failed write (JRN-33)", () => {
  it("that is not about room ends all writing with io, and what was acknowledged stays", () =>
    withStore((store, file) => {
      store.write(request(entries("a", 3)));
      const other = new DatabaseSync(file);
      other.exec("ALTER TABLE record_group RENAME TO gone");
      expect(() => store.write(request(entries("b", 1)))).toThrow(expect.objectContaining({ code: "io" }));
      other.exec("ALTER TABLE gone RENAME TO record_group");
      other.close();
      expect(() => store.write(request(entries("c", 1)))).toThrow(/takes no more writes until it is opened anew/);
      expect(() => store.write({ actions: [{ kind: "open", destination: "d", destinationKind: "k" }] })).toThrow(
        expect.objectContaining({ code: "io" }),
      );
      const again = openWriteStore({ file, dedupeRecords: 10, dedupeAgeMs: 0, fileBytesMax: 0 });
      expect(again.position()).toEqual({ head: 3, trimmedTo: 0 });
      again.close();
    }));
});

describe("the write-ahead log", () => {
  it("is copied into the file behind an answer, once it has grown", () =>
    withFolder(async (folder) => {
      const file = join(folder, "journal.db");
      const store = openWriteStore({ file, dedupeRecords: 1000, dedupeAgeMs: 0, fileBytesMax: 0 });
      const bytes = () => statSync(file).size;
      const before = bytes();
      store.write(request(entries("a", 3, 100_000)));
      store.afterAnswer();
      store.write(request(entries("b", 9, 100_000)));
      expect(bytes()).toBe(before);
      store.afterAnswer();
      expect(bytes()).toBeGreaterThan(1_200_000);
      store.close();
      expect(() => store.afterAnswer()).not.toThrow();
      expect(readAll(file)).toHaveLength(12);
    }));
});
