import assert from "node:assert/strict";
import type { DestinationLog, Settlement } from "@tapio/journal";
import type { ContractCase } from "../contract-case.ts";
import { entries, journalCase, rejectsAsRange, rejectsWith, row, START_MS, sequenceOf } from "./journal-fixture.ts";
import type { JournalSubject } from "./journal-subject.ts";

/** JRN-50 to JRN-52, and what a log holds beside its cursor and rows. */
export function settlementCases(subject: JournalSubject): ContractCase[] {
  return [...keptCases(subject), ...replacedCases(subject), ...trimmedCases(subject), ...controlCases(subject)];
}

function range(from: number, to: number, note = `${from} to ${to}`): Settlement {
  return { from, to, isLate: false, atMs: START_MS + to, note: Buffer.from(note) };
}

function late(sequence: number, note = `late ${sequence}`): Settlement {
  return { from: sequence, to: sequence, isLate: true, atMs: START_MS + 5000.5, note: Buffer.from(note) };
}

/** The settlements of one record, as what tells them apart. */
async function notesOf(log: DestinationLog, sequence: number): Promise<string[]> {
  return (await log.settlements(sequence)).map(({ note }) => Buffer.from(note).toString());
}

function keptCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(
      subject,
      "JRN-50: a record's settlements are that of its range and then its own late one, also after reopening and a crash",
      async ({ journal, reopen, crash }) => {
        const log = await journal.open("d", "k");
        const other = await journal.open("e", "k");
        await rejectsAsRange(log.settlements(-1));
        await log.commit({ cursor: 10, settlements: [range(1, 4), range(5, 10)] });
        await other.commit({ cursor: 3, settlements: [range(1, 3, "of another")] });
        await log.commit({ cursor: 15, settlements: [range(13, 15), late(7)] });
        for (const open of [async () => journal, reopen, crash]) {
          const one = await open();
          const found = await one.open("d", "k");
          assert.deepEqual((await found.settlements(7)).map(plain), [range(5, 10), late(7)].map(plain));
          const notes = await Promise.all([1, 4, 5, 10, 11, 12, 13, 15, 16].map((sequence) => notesOf(found, sequence)));
          assert.deepEqual(notes, [["1 to 4"], ["1 to 4"], ["5 to 10"], ["5 to 10"], [], [], ["13 to 15"], ["13 to 15"], []]);
        }
      },
    ),
    journalCase(subject, "JRN-22, JRN-50: settlements of a refused commit are not there", async ({ journal }) => {
      const log = await journal.open("d", "k");
      await log.commit({ cursor: 5, settlements: [range(1, 5)] });
      await rejectsAsRange(log.commit({ cursor: 4, settlements: [late(2)] }));
      await rejectsAsRange(log.commit({ settlements: [range(9, 8)] }));
      await rejectsAsRange(log.commit({ settlements: [{ ...late(2), to: 3 }] }));
      const successor = await journal.open("d", "k");
      await rejectsWith("fenced", log.commit({ settlements: [late(3)] }));
      assert.deepEqual([await notesOf(successor, 2), await notesOf(successor, 3)], [["1 to 5"], ["1 to 5"]]);
    }),
  ];
}

function replacedCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(
      subject,
      "JRN-51: a range put again under its last sequence replaces the one before, as a late one does; the two do not replace each other",
      async ({ journal }) => {
        const log = await journal.open("d", "k");
        await log.commit({ cursor: 8, settlements: [range(1, 8, "first"), late(8, "late")] });
        await log.commit({ settlements: [range(5, 8, "second")] });
        assert.deepEqual([await notesOf(log, 4), await notesOf(log, 5), await notesOf(log, 8)], [[], ["second"], ["second", "late"]]);
        await log.commit({ settlements: [late(8, "later"), late(8, "latest")] });
        assert.deepEqual(await notesOf(log, 8), ["second", "latest"]);
      },
    ),
    journalCase(subject, "JRN-7, JRN-51: changing a note or a control after the call has no effect", async ({ journal }) => {
      const log = await journal.open("d", "k");
      const [note, control, history] = [Buffer.from("note"), Buffer.from("control"), Buffer.from("history")];
      const done = log.commit({ control, settlements: [{ ...range(1, 1), note }], put: [row(1, { history })] });
      for (const bytes of [note, control, history]) bytes.fill(0);
      await done;
      assert.deepEqual(await notesOf(log, 1), ["note"]);
      assert.equal(Buffer.from(log.control).toString(), "control");
      assert.equal(Buffer.from((await log.rows({ after: 0, limit: 1 }))[0]?.history ?? []).toString(), "history");
    }),
  ];
}

function trimmedCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(
      subject,
      "JRN-52: trimming keeps the settlements of what is kept, a range that begins below included",
      async ({ journal, reopen }) => {
        const results = await journal.append(entries("a", 2));
        await journal.append(entries("b", 4));
        const end = sequenceOf(results[1]);
        const log = await journal.open("d", "k");
        await log.commit({
          cursor: end + 4,
          settlements: [range(1, end - 1), range(end, end + 2), range(end + 3, end + 4), late(end + 1)],
        });
        await journal.trimTo(end);
        for (const open of [async () => journal, reopen]) {
          const one = await open();
          const found = await one.open("d", "k");
          assert.deepEqual(await notesOf(found, end + 1), [`${end} to ${end + 2}`, `late ${end + 1}`]);
          assert.deepEqual(await notesOf(found, end + 4), [`${end + 3} to ${end + 4}`]);
        }
      },
    ),
  ];
}

function controlCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(
      subject,
      "JRN-24: the control is empty at first, then what was last committed, and survives reopening and a crash",
      async ({ journal, reopen, crash }) => {
        const log = await journal.open("d", "k");
        assert.equal(log.control.length, 0);
        await log.commit({ control: new Uint8Array([1, 2, 3]) });
        await log.commit({ cursor: 1, state: new Uint8Array([9]) });
        assert.deepEqual([...log.control], [1, 2, 3]);
        await (await journal.open("e", "k")).commit({ control: new Uint8Array([7]) });
        for (const open of [reopen, crash]) {
          const again = await (await open()).open("d", "k");
          assert.deepEqual([[...again.control], again.cursor], [[1, 2, 3], 1]);
        }
      },
    ),
    journalCase(subject, "JRN-24: a control can be made empty again", async ({ journal }) => {
      const log = await journal.open("d", "k");
      await log.commit({ control: new Uint8Array([1]) });
      await log.commit({ control: new Uint8Array() });
      assert.equal(log.control.length, 0);
      assert.equal((await journal.open("d", "k")).control.length, 0);
    }),
  ];
}

function plain({ note, ...rest }: Settlement) {
  return { ...rest, note: Buffer.from(note).toString() };
}
