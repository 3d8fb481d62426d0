import { describe, expect, it } from "vitest";
import { createMemoryJournal } from "./create-memory-journal.ts";

const group = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `${prefix}${index + 1}`, bytes: new Uint8Array([index]) }));
const all = { records: 1000, bytes: Infinity };

describe("the bound on records", () => {
  it("makes room from what every destination has settled, and no more than it needs", async () => {
    const journal = createMemoryJournal({ maxRecords: 4 });
    const [slow, fast] = [await journal.open("slow", "k"), await journal.open("fast", "k")];
    await journal.append(group("a", 4));
    await fast.commit({ cursor: 4 });
    await expect(journal.append(group("b", 1))).rejects.toMatchObject({ code: "full" });
    await slow.commit({ cursor: 2 });
    await journal.append(group("b", 1));
    expect(journal.bounds()).toEqual({ first: 2, head: 5 });
    await expect(journal.append(group("c", 2))).rejects.toMatchObject({ code: "full" });
    await journal.append(group("c", 1));
    expect(journal.bounds()).toEqual({ first: 3, head: 6 });
  });

  it("JRN-5, JRN-32: a refused group leaves nothing behind, and can be sent again when there is room", async () => {
    const journal = createMemoryJournal({ maxRecords: 2 });
    await journal.open("d", "k");
    await journal.append(group("a", 2));
    await expect(journal.append(group("b", 1))).rejects.toMatchObject({ code: "full" });
    expect(await journal.append(group("a", 2))).toEqual([
      { sequence: 1, duplicate: true },
      { sequence: 2, duplicate: true },
    ]);
    await journal.trimTo(1);
    expect(await journal.append(group("b", 1))).toEqual([{ sequence: 3, duplicate: false }]);
  });

  it("lets the oldest go when there is no destination at all", async () => {
    const journal = createMemoryJournal({ maxRecords: 3 });
    await journal.append(group("a", 3));
    await journal.append(group("b", 2));
    expect((await journal.read(0, all)).map((one) => one.sequence)).toEqual([3, 4, 5]);
  });

  it("takes no group that is larger than itself", async () => {
    await expect(createMemoryJournal({ maxRecords: 3 }).append(group("a", 4))).rejects.toMatchObject({ code: "full" });
  });

  it("is a whole number from 1, as the dedupe window is", () => {
    expect(() => createMemoryJournal({ maxRecords: 0 })).toThrow("maxRecords is 0; it must be a whole number from 1");
    expect(() => createMemoryJournal({ dedupeRecords: 1.5 })).toThrow("dedupeRecords is 1.5");
    expect(() => createMemoryJournal({ dedupeAgeMs: -1 })).toThrow("dedupeAgeMs is -1; it must not be negative");
  });
});

describe("snapshot", () => {
  it("holds what was acknowledged when it was taken, whatever happens to the journal or to one restored from it", async () => {
    const journal = createMemoryJournal();
    const log = await journal.open("d", "k");
    await journal.append(group("a", 2));
    await log.commit({ cursor: 1 });
    const snapshot = journal.snapshot();
    await journal.append(group("b", 2));
    await log.commit({ cursor: 3 });
    const restored = createMemoryJournal({ restored: snapshot });
    await restored.append(group("c", 5));
    const again = createMemoryJournal({ restored: snapshot });
    expect(again.bounds()).toEqual({ first: 1, head: 2 });
    expect((await again.open("d", "k")).cursor).toBe(1);
    expect(await again.append(group("a", 1))).toEqual([{ sequence: 1, duplicate: true }]);
  });

  it("can be taken after close", async () => {
    const journal = createMemoryJournal();
    await journal.append(group("a", 2));
    await journal.close();
    expect(createMemoryJournal({ restored: journal.snapshot() }).bounds().head).toBe(2);
  });
});

it("stamps records with the system's clock unless told otherwise", async () => {
  const journal = createMemoryJournal();
  const before = Date.now();
  await journal.append(group("a", 1));
  const at = (await journal.get(1))?.appendedAtMs ?? 0;
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(Date.now());
  expect(journal.durability).toBe("memory");
});
