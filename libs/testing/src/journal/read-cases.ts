import assert from "node:assert/strict";
import type { ContractCase } from "../contract-case.ts";
import { allSequences, allTexts, ANY, entries, entry, journalCase, START_MS, text, sequenceOf } from "./journal-fixture.ts";
import type { JournalSubject } from "./journal-subject.ts";

/** JRN-10 to JRN-17. */
export function readCases(subject: JournalSubject): ContractCase[] {
  return [...readingCases(subject), ...timeCases(subject), ...waitCases(subject), ...trimCases(subject)];
}

function readingCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(subject, "JRN-10: reads stop at the number of records, wherever groups end, and leave none out", async ({ journal }) => {
      for (const size of [1, 5, 2, 9, 3]) await journal.append(entries(`g${size}-`, size));
      const all = await allSequences(journal);
      const seen: number[] = [];
      for (let after = 0; ;) {
        const page = await journal.read(after, { records: 3, bytes: Infinity });
        const last = page.at(-1);
        if (last === undefined) break;
        assert.ok(page.length === 3 || last.sequence === all.at(-1));
        seen.push(...page.map((one) => one.sequence));
        after = last.sequence;
      }
      assert.equal(seen.length, 20);
      assert.deepEqual(seen, all);
    }),
    journalCase(subject, "JRN-10: reads stop before the bound of bytes, but return one record however large", async ({ journal }) => {
      await journal.append([entry("a", "x".repeat(40)), entry("b", "y".repeat(40)), entry("c", "z".repeat(40))]);
      await journal.append([entry("d", "w".repeat(40))]);
      const first = (await allSequences(journal))[0] ?? 0;
      assert.equal((await journal.read(0, { records: 10, bytes: 80 })).length, 2);
      assert.equal((await journal.read(0, { records: 10, bytes: 79 })).length, 1);
      assert.equal((await journal.read(0, { records: 10, bytes: 0 })).length, 1);
      assert.equal((await journal.read(first, { records: 10, bytes: 120 })).length, 3);
    }),
    journalCase(subject, "JRN-10: nothing is read above the head", async ({ journal }) => {
      assert.deepEqual(await journal.read(0, ANY), []);
      await journal.append([entry("a")]);
      assert.deepEqual(await journal.read(journal.bounds().head, ANY), []);
      assert.deepEqual(await journal.read(journal.bounds().head + 1000, ANY), []);
    }),
    journalCase(subject, "JRN-11: what was acknowledged is read at once", async ({ journal }) => {
      for (let n = 0; n < 25; n++) {
        const [result] = await journal.append([entry(`a${n}`)]);
        const read = await journal.read(sequenceOf(result) - 1, ANY);
        assert.deepEqual(read.map(text), [`bytes of a${n}`]);
      }
    }),
    journalCase(subject, "JRN-12: get finds each record of a group, and nothing else", async ({ journal }) => {
      const results = await journal.append(entries("a", 4));
      for (const [index, result] of results.entries()) {
        const record = await journal.get(result.sequence);
        assert.equal(record?.sequence, result.sequence);
        assert.equal(record?.appendedAtMs, START_MS);
        assert.equal(text(record), `bytes of a${index + 1}`);
      }
      assert.equal(await journal.get(0), undefined);
      assert.equal(await journal.get(journal.bounds().head + 1), undefined);
    }),
  ];
}

function timeCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(subject, "JRN-13: sequenceBefore leads to the first record of that time or later", async ({ journal, clock, reopen }) => {
      assert.equal(await journal.sequenceBefore(START_MS), 0);
      const heads: number[] = [];
      for (let n = 0; n < 9; n++) {
        clock.nowMs = START_MS + n * 1000;
        await journal.append(entries(`g${n}-`, 1 + (n % 3)));
        heads.push(journal.bounds().head);
      }
      for (const open of [async () => journal, reopen]) {
        const one = await open();
        assert.equal(await one.sequenceBefore(START_MS), 0);
        for (let n = 1; n < 9; n++) {
          assert.equal(await one.sequenceBefore(START_MS + n * 1000), heads[n - 1]);
          assert.equal(await one.sequenceBefore(START_MS + n * 1000 - 999), heads[n - 1]);
        }
        assert.equal(await one.sequenceBefore(START_MS + 8001), heads[8]);
        assert.equal(await one.sequenceBefore(Infinity), heads[8]);
      }
    }),
    journalCase(
      subject,
      "JRN-13: times do not fall when the clock is set back, also after reopening",
      async ({ journal, clock, reopen }) => {
        await journal.append([entry("a")]);
        clock.nowMs = START_MS - 60_000;
        await journal.append([entry("b")]);
        const reopened = await reopen();
        await reopened.append([entry("c")]);
        clock.nowMs = START_MS + 5;
        await reopened.append([entry("d")]);
        const times = (await reopened.read(0, ANY)).map((one) => one.appendedAtMs - START_MS);
        assert.deepEqual(times, [0, 0, 0, 5]);
      },
    ),
    journalCase(subject, "JRN-14: bounds follow appends and trims at once, and survive reopening", async ({ journal, reopen }) => {
      assert.deepEqual(journal.bounds(), { first: 1, head: 0 });
      const [one] = await journal.append([entry("a")]);
      const [two] = await journal.append([entry("b")]);
      assert.deepEqual(journal.bounds().head, two?.sequence);
      await journal.trimTo(sequenceOf(one));
      assert.deepEqual(journal.bounds().head, two?.sequence);
      assert.ok(journal.bounds().first > sequenceOf(one) && journal.bounds().first <= sequenceOf(two));
      const bounds = journal.bounds();
      assert.deepEqual((await reopen()).bounds(), bounds);
    }),
  ];
}

function waitCases(subject: JournalSubject): ContractCase[] {
  const never = new AbortController().signal;
  return [
    journalCase(subject, "JRN-15: waitPast resolves at once when the head is past already", async ({ journal }) => {
      await journal.append([entry("a")]);
      await journal.waitPast(journal.bounds().head - 1, never);
    }),
    journalCase(
      subject,
      "JRN-15: waitPast resolves when the head passes, not before, and what woke it can be read",
      async ({ journal }) => {
        await journal.append([entry("a")]);
        const { head } = journal.bounds();
        let woken = false;
        const waiting = journal.waitPast(head, never).then(() => (woken = true));
        await journal.append([entry("a")]);
        await new Promise((resolve) => setImmediate(resolve));
        assert.equal(woken, false, "a duplicate moves no head");
        await journal.append([entry("b")]);
        await waiting;
        assert.deepEqual((await journal.read(head, ANY)).map(text), ["bytes of b"]);
      },
    ),
    journalCase(subject, "JRN-15: waitPast rejects with the signal's reason, and leaves other waiters alone", async ({ journal }) => {
      const reason = new Error("enough");
      await assert.rejects(journal.waitPast(0, AbortSignal.abort(reason)), reason);
      const stop = new AbortController();
      const stopped = journal.waitPast(0, stop.signal);
      const other = journal.waitPast(0, never);
      stop.abort(reason);
      await assert.rejects(stopped, reason);
      await journal.append([entry("a")]);
      await other;
    }),
  ];
}

function trimCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(subject, "JRN-16: trimming removes what lies at or below, nothing above, and may be repeated", async ({ journal }) => {
      const ends: number[] = [];
      for (let n = 0; n < 5; n++) ends.push(sequenceOf((await journal.append(entries(`g${n}-`, 3))).at(-1)));
      await journal.trimTo(ends[2] ?? 0);
      const kept = [3, 4].flatMap((n) => [1, 2, 3].map((m) => `bytes of g${n}-${m}`));
      assert.deepEqual(await allTexts(journal), kept);
      assert.equal(await journal.get(ends[2] ?? 0), undefined);
      await journal.trimTo(ends[1] ?? 0);
      await journal.trimTo(ends[2] ?? 0);
      assert.deepEqual(await allTexts(journal), kept);
      assert.equal(await journal.sequenceBefore(0), journal.bounds().first - 1);
      assert.deepEqual((await journal.read(journal.bounds().first - 1, { records: 1, bytes: 1 })).map(text), ["bytes of g3-1"]);
    }),
    journalCase(subject, "JRN-16: trimming into a group keeps what lies above", async ({ journal }) => {
      const results = await journal.append(entries("a", 6));
      await journal.trimTo(sequenceOf(results[2]));
      const texts = await allTexts(journal);
      assert.deepEqual(texts.slice(-3), ["bytes of a4", "bytes of a5", "bytes of a6"]);
    }),
    journalCase(
      subject,
      "JRN-17: trimming everything keeps the head, ids, rows and cursors, also after reopening",
      async ({ journal, reopen }) => {
        const results = await journal.append(entries("a", 3));
        const { head } = journal.bounds();
        const log = await journal.open("d", "k");
        await log.commit({
          cursor: head,
          put: [{ sequence: head, recordId: "a3", state: "dead", attempts: 1, firstAttemptAtMs: 1, dueAtMs: 2, code: "gone", message: "" }],
        });
        await journal.trimTo(head + 1000);
        for (const open of [async () => journal, reopen]) {
          const one = await open();
          assert.deepEqual(one.bounds(), { first: head + 1, head });
          assert.deepEqual(await one.read(0, ANY), []);
          assert.equal(await one.get(head), undefined);
          assert.equal(await one.sequenceBefore(Infinity), head);
          assert.deepEqual(
            await one.append(entries("a", 3)),
            results.map((r) => ({ sequence: r.sequence, duplicate: true })),
          );
          const again = await one.open("d", "k");
          assert.equal(again.cursor, head);
          assert.deepEqual(await again.counts(), { waiting: 0, parked: 0, dead: 1 });
          if (one === journal) continue;
          const [next] = await one.append([entry("b")]);
          assert.ok(sequenceOf(next) > head);
          assert.deepEqual(await allTexts(one), ["bytes of b"]);
        }
      },
    ),
  ];
}
