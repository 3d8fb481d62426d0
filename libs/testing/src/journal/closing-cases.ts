import assert from "node:assert/strict";
import type { ContractCase } from "../contract-case.ts";
import { allTexts, ANY, entries, entry, journalCase, rejectsWith, row } from "./journal-fixture.ts";
import type { JournalSubject } from "./journal-subject.ts";

/** JRN-30, JRN-31. */
export function closingCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(subject, "JRN-30: close may be called any number of times, also at once", async ({ journal }) => {
      await Promise.all([journal.close(), journal.close()]);
      await journal.close();
    }),
    journalCase(subject, "JRN-30: after close every call rejects with closed", async ({ journal }) => {
      const log = await journal.open("d", "k");
      await log.commit({ cursor: 1, put: [row(1)] });
      await journal.close();
      await rejectsWith("closed", journal.append([entry("a")]));
      await rejectsWith("closed", journal.append([]));
      await rejectsWith("closed", journal.read(0, ANY));
      await rejectsWith("closed", journal.get(1));
      await rejectsWith("closed", journal.find("a"));
      await rejectsWith("closed", journal.backlog(0));
      await rejectsWith("closed", journal.usage());
      await rejectsWith("closed", journal.sequenceBefore(1));
      await rejectsWith("closed", journal.trimTo(1));
      await rejectsWith("closed", journal.open("d", "k"));
      await rejectsWith("closed", journal.destinations());
      await rejectsWith("closed", journal.waitPast(journal.bounds().head, new AbortController().signal));
      await rejectsWith("closed", log.commit({ cursor: 2 }));
      await rejectsWith("closed", log.due(1, 1));
      await rejectsWith("closed", log.nextDueAtMs());
      await rejectsWith("closed", log.rows({ after: 0, limit: 1 }));
      await rejectsWith("closed", log.settlements(1));
      await rejectsWith("closed", log.counts());
      await log.close();
    }),
    journalCase(subject, "JRN-30: close wakes those who wait, and finishes what was begun", async ({ journal, reopen }) => {
      const log = await journal.open("d", "k");
      const begun = Promise.all([journal.append(entries("a", 50)), journal.append(entries("b", 50)), log.commit({ cursor: 4 })]);
      const woken = rejectsWith("closed", journal.waitPast(1_000_000, new AbortController().signal));
      await journal.close();
      await begun;
      await woken;
      const reopened = await reopen();
      assert.equal((await allTexts(reopened)).length, 100);
      assert.equal((await reopened.open("d", "k")).cursor, 4);
    }),
    journalCase(subject, "JRN-31: a closed handle commits no more, and its log is as it was", async ({ journal }) => {
      const log = await journal.open("d", "k");
      const begun = log.commit({ cursor: 3, put: [row(1)] });
      await log.close();
      await begun;
      await log.close();
      await rejectsWith("closed", log.commit({ cursor: 4 }));
      await rejectsWith("closed", log.counts());
      const again = await journal.open("d", "k");
      assert.equal(again.cursor, 3);
      assert.deepEqual(await again.counts(), { waiting: 1, parked: 0, dead: 0 });
    }),
  ];
}
