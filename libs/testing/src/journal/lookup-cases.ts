import assert from "node:assert/strict";
import type { ContractCase } from "../contract-case.ts";
import { entries, entry, journalCase, rejectsAsRange, START_MS, sequenceOf } from "./journal-fixture.ts";
import type { JournalSubject } from "./journal-subject.ts";

/** JRN-18, JRN-19 and JRN-34. */
export function lookupCases(subject: JournalSubject): ContractCase[] {
  return [...findCases(subject), ...backlogCases(subject), ...conditionCases(subject)];
}

function findCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(subject, "JRN-18: find gives the sequence of each acknowledged id at once, and nothing for others", async ({ journal }) => {
      for (let n = 0; n < 20; n++) {
        const results = await journal.append(entries(`g${n}-`, 1 + (n % 4)));
        assert.equal(await journal.find(`g${n}-1`), results[0]?.sequence);
        assert.equal(await journal.find(`g${n}-${1 + (n % 4)}`), results.at(-1)?.sequence);
      }
      assert.equal(await journal.find("g0-2"), undefined);
      assert.equal(await journal.find(""), undefined);
      assert.equal(await journal.find("g3-"), undefined);
    }),
    journalCase(
      subject,
      "JRN-18: find gives the newest of an id that was written twice, also after reopening and a crash",
      async ({ journal, reopen, crash }) => {
        await journal.append([entry("a"), entry("b")]);
        await journal.append(entries("filling", 8));
        const [again] = await journal.append([entry("a", "the second")]);
        assert.equal(again?.duplicate, false);
        for (const open of [async () => journal, reopen, crash]) {
          const one = await open();
          assert.equal(await one.find("a"), again?.sequence);
          assert.equal(await one.find("b"), sequenceOf(again) - 9);
        }
      },
      { dedupeRecords: 4 },
    ),
    journalCase(subject, "JRN-18: find gives no record that was trimmed", async ({ journal, reopen }) => {
      await journal.append(entries("a", 3));
      const [kept] = await journal.append([entry("kept")]);
      await journal.trimTo(sequenceOf(kept) - 1);
      for (const open of [async () => journal, reopen]) {
        const one = await open();
        assert.equal(await one.find("a2"), undefined);
        assert.equal(await one.find("kept"), kept?.sequence);
      }
    }),
  ];
}

function backlogCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(
      subject,
      "JRN-19: backlog counts the records and bytes above a sequence, wherever groups end, and says when the oldest came",
      async ({ journal, clock, reopen }) => {
        await rejectsAsRange(journal.backlog(-1));
        assert.deepEqual(await journal.backlog(0), { records: 0, bytes: 0, oldestAtMs: undefined });
        const sizes = [3, 0, 10, 500, 7, 1];
        const group = (from: number, to: number) => sizes.slice(from, to).map((size, n) => entry(`r${from + n}`, "x".repeat(size)));
        const [first] = await journal.append(group(0, 3));
        clock.nowMs += 1000;
        await journal.append([...group(3, 6), entry("r0")]);
        const before = sequenceOf(first) - 1;
        for (const open of [async () => journal, reopen]) {
          const one = await open();
          const backlogs = await Promise.all([0, 1, 3, 4, 5].map((n) => one.backlog(before + n)));
          assert.deepEqual(backlogs, [
            { records: 6, bytes: 521, oldestAtMs: START_MS },
            { records: 5, bytes: 518, oldestAtMs: START_MS },
            { records: 3, bytes: 508, oldestAtMs: START_MS + 1000 },
            { records: 2, bytes: 8, oldestAtMs: START_MS + 1000 },
            { records: 1, bytes: 1, oldestAtMs: START_MS + 1000 },
          ]);
          const nothing = { records: 0, bytes: 0, oldestAtMs: undefined };
          assert.deepEqual(await one.backlog(one.bounds().head), nothing);
          assert.deepEqual(await one.backlog(one.bounds().head + 1000), nothing);
        }
      },
    ),
    journalCase(subject, "JRN-19: backlog and usage leave out what was trimmed", async ({ journal, reopen }) => {
      await journal.append(entries("a", 3));
      await journal.append([entry("b", "12345")]);
      assert.equal((await journal.usage()).recordBytes, 3 * "bytes of a1".length + 5);
      await journal.trimTo(journal.bounds().head - 1);
      for (const open of [async () => journal, reopen]) {
        const one = await open();
        assert.deepEqual(await one.backlog(0), { records: 1, bytes: 5, oldestAtMs: START_MS });
        assert.equal((await one.usage()).recordBytes, 5);
      }
    }),
    journalCase(subject, "JRN-19: fill is a part of the journal's own bound", async ({ journal }) => {
      await journal.append(entries("a", 3));
      const { fill } = await journal.usage();
      assert.ok(fill >= 0 && fill < 1, `fill is ${fill}`);
    }),
  ];
}

function conditionCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(
      subject,
      "JRN-34: the condition is ok, without a word, while appends are taken, and is not once closed",
      async ({ journal }) => {
        assert.deepEqual(journal.condition(), { state: "ok", message: "" });
        await journal.append([entry("a")]);
        assert.deepEqual(journal.condition(), { state: "ok", message: "" });
        await journal.close();
        assert.equal(journal.condition().state, "failed");
        assert.notEqual(journal.condition().message, "");
      },
    ),
  ];
}
