import assert from "node:assert/strict";
import type { ContractCase } from "../contract-case.ts";
import { allSequences, allTexts, ANY, entries, entry, journalCase, rejectsAsRange, text, sequenceOf, START_MS } from "./journal-fixture.ts";
import type { JournalSubject } from "./journal-subject.ts";

/** JRN-1 to JRN-9. */
export function appendCases(subject: JournalSubject): ContractCase[] {
  return [
    ...orderCases(subject),
    ...keepingCases(subject),
    ...copyCases(subject),
    ...duplicateCases(subject),
    ...rememberedIdCases(subject),
    ...argumentCases(subject),
  ];
}

function orderCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(subject, "JRN-1: sequences rise from at least 1, in the order of the entries", async ({ journal }) => {
      const first = await journal.append(entries("a", 3));
      const second = await journal.append(entries("b", 2));
      const sequences = [...first, ...second].map((result) => result.sequence);
      assert.deepEqual(
        sequences,
        sequences.toSorted((a, b) => a - b),
      );
      assert.equal(new Set(sequences).size, 5);
      assert.ok((sequences[0] ?? 0) >= 1);
      assert.deepEqual(
        await allTexts(journal),
        ["a1", "a2", "a3", "b1", "b2"].map((id) => `bytes of ${id}`),
      );
      assert.deepEqual(await allSequences(journal), sequences);
    }),
    journalCase(
      subject,
      "JRN-1: groups that are appended at the same time each keep their entries together and in order",
      async ({ journal }) => {
        const results = await Promise.all(Array.from({ length: 40 }, (_, n) => journal.append(entries(`g${n}-`, 5))));
        for (const result of results) {
          const sequences = result.map((one) => one.sequence);
          assert.deepEqual(
            sequences,
            sequences.toSorted((a, b) => a - b),
          );
          for (const one of result) assert.equal(one.duplicate, false);
        }
        const read = await journal.read(0, ANY);
        assert.equal(read.length, 200);
        assert.deepEqual(
          read.map((one) => one.sequence),
          results
            .flat()
            .map((one) => one.sequence)
            .toSorted((a, b) => a - b),
        );
        for (const [n, result] of results.entries()) {
          assert.equal(text(await journal.get(sequenceOf(result[4]))), `bytes of g${n}-5`);
        }
      },
    ),
  ];
}

function keepingCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(
      subject,
      "JRN-2: after a crash in the middle of appends each group is there whole or not at all, and each acknowledged one is",
      async ({ journal, crash }) => {
        const acknowledged = new Set<number>();
        const writes = Array.from({ length: 60 }, async (_, n) => {
          if (n >= 20) await new Promise((resolve) => setTimeout(resolve, Math.floor(n / 10)));
          await journal.append(entries(`g${n}-`, 7));
          acknowledged.add(n);
        });
        await Promise.all(writes.slice(0, 20));
        const before = new Set(acknowledged);
        const found = await allTexts(await crash());
        await Promise.all(writes);
        for (let n = 0; n < 60; n++) {
          const present = found.filter((one) => one?.startsWith(`bytes of g${n}-`)).length;
          assert.ok(present === 0 || present === 7, `group ${n}: ${present} of 7`);
          if (before.has(n)) assert.equal(present, 7, `acknowledged group ${n}`);
        }
      },
    ),
    journalCase(
      subject,
      "JRN-3: reopening and a crash keep every record, its sequence and its time; later sequences are higher",
      async ({ journal, reopen, crash }) => {
        await journal.append(entries("a", 3));
        const before = await journal.read(0, ANY);
        const reopened = await reopen();
        assert.deepEqual(plain(await reopened.read(0, ANY)), plain(before));
        const [later] = await reopened.append([entry("b")]);
        assert.ok(sequenceOf(later) > (before[2]?.sequence ?? Infinity));
        const crashed = await crash();
        assert.deepEqual(await allTexts(crashed), ["bytes of a1", "bytes of a2", "bytes of a3", "bytes of b"]);
        assert.deepEqual(await allSequences(crashed), [...before.map((one) => one.sequence), later?.sequence]);
      },
    ),
  ];
}

function copyCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(subject, "JRN-7: changing a buffer after the call has no effect", async ({ journal }) => {
      const bytes = new Uint8Array([1, 2, 3]);
      const appended = journal.append([{ id: "a", bytes }]);
      bytes.fill(9);
      const [result] = await appended;
      assert.deepEqual([...((await journal.get(sequenceOf(result)))?.bytes ?? [])], [1, 2, 3]);
    }),
    journalCase(
      subject,
      "JRN-7: a slice of a larger buffer is taken as the slice, and the caller keeps the buffer",
      async ({ journal }) => {
        const body = Buffer.from("....one....two....");
        await journal.append([
          { id: "a", bytes: body.subarray(4, 7) },
          { id: "b", bytes: body.subarray(11, 14) },
          { id: "c", bytes: new Uint8Array(0) },
        ]);
        assert.deepEqual(await allTexts(journal), ["one", "two", ""]);
        assert.equal(body.toString(), "....one....two....");
      },
    ),
  ];
}

function plain(records: readonly { sequence: number; appendedAtMs: number; bytes: Uint8Array }[]) {
  return records.map((one) => [one.sequence, one.appendedAtMs, Buffer.from(one.bytes).toString("hex")]);
}

function duplicateCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(subject, "JRN-4: an id that comes twice in one group is written once", async ({ journal }) => {
      const results = await journal.append([entry("a"), entry("b"), entry("a", "again"), entry("c")]);
      assert.deepEqual(
        results.map((one) => one.duplicate),
        [false, false, true, false],
      );
      assert.equal(results[2]?.sequence, results[0]?.sequence);
      assert.deepEqual(await allTexts(journal), ["bytes of a", "bytes of b", "bytes of c"]);
      assert.deepEqual(await allSequences(journal), [results[0]?.sequence, results[1]?.sequence, results[3]?.sequence]);
    }),
    journalCase(
      subject,
      "JRN-4: an id of an earlier group is answered with its sequence, also when all of a group are",
      async ({ journal }) => {
        const first = await journal.append(entries("a", 3));
        const second = await journal.append(entries("a", 3));
        assert.deepEqual(
          second,
          first.map((one) => ({ sequence: one.sequence, duplicate: true })),
        );
        assert.equal((await allTexts(journal)).length, 3);
      },
    ),
    journalCase(
      subject,
      "JRN-4: of groups in flight with the same id one writes it, and the others name its sequence",
      async ({ journal }) => {
        const results = (await Promise.all(Array.from({ length: 30 }, () => journal.append([entry("same")])))).flat();
        assert.equal(results.filter((one) => !one.duplicate).length, 1);
        assert.equal(new Set(results.map((one) => one.sequence)).size, 1);
        assert.deepEqual(await allTexts(journal), ["bytes of same"]);
      },
    ),
  ];
}

function rememberedIdCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(subject, "JRN-4: ids are recognised after reopening and after a crash", async ({ journal, reopen, crash }) => {
      const first = await journal.append(entries("a", 3));
      const expected = first.map((one) => ({ sequence: one.sequence, duplicate: true }));
      assert.deepEqual(await (await reopen()).append(entries("a", 3)), expected);
      assert.deepEqual(await (await crash()).append(entries("a", 3)), expected);
    }),
    journalCase(subject, "JRN-4: ids are told apart however alike they are", async ({ journal }) => {
      const ids = ["a", "A", "aa", "a-", "a_", "ab", "ba", "1", "01", "ą", "\u{1F600}", "x".repeat(128), "x".repeat(127)];
      const results = await journal.append(ids.map((id) => entry(id)));
      assert.deepEqual(
        results.filter((one) => one.duplicate),
        [],
      );
      assert.equal((await allTexts(journal)).length, ids.length);
    }),
    journalCase(
      subject,
      "JRN-4, JRN-6: the last ids within the bound are recognised, those far beyond it are not",
      async ({ journal, reopen }) => {
        await journal.append(entries("old", 8));
        await journal.append(entries("mid", 8));
        await journal.append(entries("new", 8));
        assert.ok((await journal.append(entries("new", 8))).every((one) => one.duplicate));
        const reopened = await reopen();
        assert.ok((await reopened.append(entries("new", 8))).every((one) => one.duplicate));
        assert.ok((await reopened.append(entries("old", 8))).every((one) => !one.duplicate));
      },
      { dedupeRecords: 8 },
    ),
    journalCase(
      subject,
      "JRN-4, JRN-6: ids within the bound of age are recognised, those well beyond it are not, also after reopening and when the clock goes back",
      async ({ journal, clock, reopen }) => {
        await journal.append(entries("old", 2));
        clock.nowMs = START_MS + 5000;
        await journal.append(entries("new", 2));
        clock.nowMs = START_MS + 10_000;
        assert.ok((await journal.append(entries("old", 2))).every((one) => one.duplicate));
        clock.nowMs = START_MS + 2000;
        const reopened = await reopen();
        assert.ok((await reopened.append([...entries("old", 2), ...entries("new", 2)])).every((one) => one.duplicate));
        clock.nowMs = START_MS + 11_000;
        assert.ok((await reopened.append(entries("new", 2))).every((one) => one.duplicate));
        assert.ok((await reopened.append(entries("old", 2))).every((one) => !one.duplicate));
        assert.ok((await reopened.append(entries("old", 2))).every((one) => one.duplicate));
      },
      { dedupeAgeMs: 10_000 },
    ),
  ];
}

function argumentCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(subject, "JRN-9: an empty group is acknowledged and changes nothing", async ({ journal }) => {
      assert.deepEqual(await journal.append([]), []);
      assert.deepEqual(journal.bounds(), { first: 1, head: 0 });
    }),
    journalCase(subject, "JRN-5, JRN-9: an empty id refuses its whole group, whose other ids can be sent again", async ({ journal }) => {
      await rejectsAsRange(journal.append([entry("a"), entry("")]));
      assert.deepEqual(await allTexts(journal), []);
      assert.equal((await journal.append([entry("a")]))[0]?.duplicate, false);
    }),
    journalCase(subject, "JRN-9: sequences and limits that mean nothing are refused", async ({ journal }) => {
      await rejectsAsRange(journal.read(-1, ANY));
      await rejectsAsRange(journal.read(0.5, ANY));
      await rejectsAsRange(journal.read(0, { records: 0, bytes: 1 }));
      await rejectsAsRange(journal.read(0, { records: 1, bytes: -1 }));
      await rejectsAsRange(journal.get(Number.NaN));
      await rejectsAsRange(journal.trimTo(-1));
    }),
  ];
}
