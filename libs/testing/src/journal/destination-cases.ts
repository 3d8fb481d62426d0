import assert from "node:assert/strict";
import type { ContractCase } from "../contract-case.ts";
import { allRows, bytesOf, entries, journalCase, rejectsAsRange, rejectsWith, row, START_MS } from "./journal-fixture.ts";
import type { JournalSubject } from "./journal-subject.ts";

/** JRN-20 to JRN-29. */
export function destinationCases(subject: JournalSubject): ContractCase[] {
  return [
    ...openCases(subject),
    ...commitCases(subject),
    ...cursorCases(subject),
    ...lawCases(subject),
    ...rowCases(subject),
    ...rowQueryCases(subject),
  ];
}

function openCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(subject, "JRN-20: a new log has no cursor, state or rows, and is listed from then on", async ({ journal, reopen }) => {
      assert.deepEqual(await journal.destinations(), []);
      const log = await journal.open("b", "k");
      await journal.open("a", "k");
      assert.equal(log.destination, "b");
      assert.equal(log.cursor, undefined);
      assert.equal(log.state, undefined);
      assert.deepEqual(await allRows(log), []);
      assert.equal(await log.nextDueAtMs(), undefined);
      assert.deepEqual(await log.counts(), { waiting: 0, parked: 0, dead: 0 });
      assert.deepEqual((await journal.destinations()).toSorted(), ["a", "b"]);
      assert.deepEqual((await (await reopen()).destinations()).toSorted(), ["a", "b"]);
    }),
    journalCase(subject, "JRN-21: a later open fences the earlier handle, and only that destination's", async ({ journal }) => {
      const first = await journal.open("d", "k");
      const other = await journal.open("e", "k");
      await first.commit({ cursor: 3, state: new Uint8Array([1]) });
      const second = await journal.open("d", "k");
      assert.equal(second.cursor, 3);
      await rejectsWith("fenced", first.commit({ cursor: 9, put: [row(9)] }));
      assert.equal(first.cursor, 3);
      await second.commit({ cursor: 4 });
      await other.commit({ cursor: 5 });
      assert.deepEqual(await allRows(second), []);
      const third = await journal.open("d", "k");
      await rejectsWith("fenced", second.commit({ cursor: 6 }));
      assert.equal(third.cursor, 4);
    }),
    journalCase(subject, "JRN-21: commits that are called before an open take effect, those after it do not", async ({ journal }) => {
      const first = await journal.open("d", "k");
      const before = first.commit({ cursor: 1 });
      const opened = journal.open("d", "k");
      const after = first.commit({ cursor: 2 });
      await before;
      await rejectsWith("fenced", after);
      assert.equal((await opened).cursor, 1);
    }),
    journalCase(
      subject,
      "JRN-29: the kind of the first open stays, after an open with another, reopening and a crash",
      async ({ journal, reopen, crash }) => {
        assert.equal((await journal.open("d", "webhooks")).kind, "webhooks");
        assert.equal((await journal.open("e", "oncall")).kind, "oncall");
        const other = await journal.open("d", "oncall");
        assert.equal(other.kind, "webhooks");
        await other.commit({ cursor: 1 });
        for (const one of [await reopen(), await crash()]) {
          const again = await one.open("d", "oncall");
          assert.deepEqual([again.kind, again.cursor], ["webhooks", 1]);
          assert.equal((await one.open("e", "webhooks")).kind, "oncall");
        }
      },
    ),
  ];
}

function commitCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(
      subject,
      "JRN-24: cursor and state show the last commit, keep what is left out, and survive reopening and a crash",
      async ({ journal, reopen, crash }) => {
        const log = await journal.open("d", "k");
        await log.commit({ cursor: 7, state: new Uint8Array([1, 2]) });
        await log.commit({ cursor: 8 });
        assert.equal(log.cursor, 8);
        assert.deepEqual(bytesOf(log.state), [1, 2]);
        await log.commit({ state: new Uint8Array(0) });
        assert.equal(log.cursor, 8);
        assert.equal(log.state?.length, 0);
        for (const one of [await reopen(), await crash()]) {
          const again = await one.open("d", "k");
          assert.equal(again.cursor, 8);
          assert.equal(again.state?.length, 0);
        }
      },
    ),
    journalCase(subject, "JRN-24: a large state comes back byte for byte", async ({ journal, reopen }) => {
      const state = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251);
      await (await journal.open("d", "k")).commit({ cursor: 1, state });
      assert.ok(Buffer.from((await (await reopen()).open("d", "k")).state ?? []).equals(state));
    }),
    journalCase(subject, "JRN-7: changing state or a row's bytes after the call has no effect", async ({ journal }) => {
      const log = await journal.open("d", "k");
      const state = Buffer.from([1, 2, 3]);
      const bytes = Buffer.from([4, 5, 6]);
      const done = log.commit({ cursor: 1, state, put: [row(1, { bytes })] });
      state.fill(0);
      bytes.fill(0);
      await done;
      assert.deepEqual(bytesOf(log.state), [1, 2, 3]);
      assert.deepEqual(bytesOf((await allRows(log))[0]?.bytes), [4, 5, 6]);
      assert.deepEqual(bytesOf((await journal.open("d", "k")).state), [1, 2, 3]);
    }),
  ];
}

function cursorCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(subject, "JRN-23: the cursor does not move back, and nothing of such a commit is written", async ({ journal }) => {
      const log = await journal.open("d", "k");
      await log.commit({ cursor: 5, state: new Uint8Array([5]) });
      await log.commit({ cursor: 5 });
      await rejectsAsRange(log.commit({ cursor: 4, state: new Uint8Array([4]), put: [row(4)] }));
      assert.equal(log.cursor, 5);
      assert.deepEqual(bytesOf(log.state), [5]);
      assert.deepEqual(await allRows(log), []);
      await rejectsAsRange(log.commit({ cursor: 5.5 }));
      await rejectsAsRange(log.commit({ put: [row(1, { dueAtMs: Number.NaN })] }));
      await log.commit({ cursor: 1_000_000 });
      assert.equal(log.cursor, 1_000_000);
    }),
    journalCase(subject, "JRN-23: a refused commit does not hold up those around it", async ({ journal }) => {
      const log = await journal.open("d", "k");
      const other = await journal.open("e", "k");
      const results = await Promise.allSettled([
        log.commit({ cursor: 5 }),
        log.commit({ cursor: 3, put: [row(3)] }),
        log.commit({ cursor: 6 }),
        other.commit({ cursor: 3, put: [row(3)] }),
        journal.append(entries("a", 2)),
      ]);
      assert.deepEqual(
        results.map((one) => one.status),
        ["fulfilled", "rejected", "fulfilled", "fulfilled", "fulfilled"],
      );
      assert.equal(log.cursor, 6);
      assert.deepEqual(await allRows(log), []);
      assert.equal((await allRows(other)).length, 1);
    }),
  ];
}

function lawCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(
      subject,
      "JRN-22: after a crash in the middle of commits no cursor has passed a row that is not there, and state is that of the cursor",
      async ({ journal, crash }) => {
        const logs = await Promise.all(["a", "b", "c"].map((name) => journal.open(name, "k")));
        const writes: Promise<unknown>[] = [];
        for (let n = 1; n <= 40; n++) {
          writes.push(journal.append(entries(`g${n}-`, 3)));
          for (const log of logs) writes.push(log.commit({ cursor: n, state: new Uint8Array([n]), put: [row(n)] }));
          if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        const acknowledged = logs.map((log) => log.cursor ?? 0);
        const crashed = await crash();
        await Promise.all(writes);
        for (const [index, log] of logs.entries()) {
          const found = await crashed.open(log.destination, "k");
          const cursor = found.cursor ?? 0;
          assert.ok(cursor >= (acknowledged[index] ?? 0), "an acknowledged cursor is there");
          assert.deepEqual(
            (await allRows(found)).map((one) => one.sequence),
            Array.from({ length: cursor }, (_, i) => i + 1),
          );
          assert.deepEqual(bytesOf(found.state), cursor === 0 ? [] : [cursor]);
        }
      },
    ),
    journalCase(subject, "JRN-28: a row above the cursor is kept through a crash", async ({ journal, crash }) => {
      const log = await journal.open("d", "k");
      await log.commit({ cursor: 3 });
      await log.commit({ put: [row(5, { state: "dead", code: "record_invalid" })] });
      const found = await (await crash()).open("d", "k");
      assert.equal(found.cursor, 3);
      assert.deepEqual(
        (await allRows(found)).map((one) => [one.sequence, one.state]),
        [[5, "dead"]],
      );
    }),
  ];
}

function rowCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(subject, "JRN-25: every field of a row comes back as it was put, also after reopening", async ({ journal, reopen }) => {
      const put = [
        row(2, {
          recordId: "żółć-1",
          state: "dead",
          attempts: 12,
          code: "gone",
          message: "410 Gone \u{1F600}",
          bytes: new Uint8Array([0, 255]),
        }),
        row(9, { state: "parked", attempts: 0, bytes: new Uint8Array(0), key: "", history: new Uint8Array(0) }),
        withoutBytes(row(4, { state: "parked", dueAtMs: START_MS * 1000, key: "pod/żółć", history: new Uint8Array([3, 4]), through: 8 })),
      ];
      await (await journal.open("d", "k")).commit({ cursor: 9, put });
      const expected = [put[0], put[2], put[1]];
      assert.deepEqual(normal(await allRows(await journal.open("d", "k"))), normal(expected));
      assert.deepEqual(normal(await allRows(await (await reopen()).open("d", "k"))), normal(expected));
    }),
    journalCase(subject, "JRN-25: putting replaces, removing is idempotent, and removals come before puts", async ({ journal }) => {
      const log = await journal.open("d", "k");
      const other = await journal.open("e", "k");
      await other.commit({ put: [row(1), row(2)] });
      await log.commit({ cursor: 3, put: [row(1), row(2), row(3)] });
      await log.commit({ put: [row(2, { state: "dead", attempts: 5 }), row(3, { attempts: 7 })], remove: [1, 3, 77] });
      assert.deepEqual(
        (await allRows(log)).map((one) => [one.sequence, one.state, one.attempts]),
        [
          [2, "dead", 5],
          [3, "waiting", 7],
        ],
      );
      await log.commit({ put: [row(2, { attempts: 8 }), row(2, { attempts: 9 })], remove: [3, 3] });
      assert.deepEqual(
        (await allRows(log)).map((one) => [one.sequence, one.state, one.attempts]),
        [[2, "waiting", 9]],
      );
      assert.equal((await allRows(other)).length, 2);
    }),
  ];
}

function rowQueryCases(subject: JournalSubject): ContractCase[] {
  return [
    journalCase(subject, "JRN-26: due rows come earliest first, waiting ones only, up to the limit", async ({ journal }) => {
      const log = await journal.open("d", "k");
      const other = await journal.open("e", "k");
      await other.commit({ put: [row(1, { dueAtMs: 1 })] });
      await log.commit({
        cursor: 9,
        put: [
          row(1, { dueAtMs: START_MS + 30 }),
          row(2, { dueAtMs: START_MS + 10 }),
          row(3, { dueAtMs: START_MS + 20 }),
          row(4, { dueAtMs: START_MS + 10 }),
          row(5, { dueAtMs: START_MS, state: "parked" }),
          row(6, { dueAtMs: START_MS, state: "dead" }),
        ],
      });
      const due = async (nowMs: number, limit: number) => (await log.due(nowMs, limit)).map((one) => one.sequence);
      assert.deepEqual(await due(START_MS + 9, 10), []);
      assert.deepEqual(await due(START_MS + 10, 10), [2, 4]);
      assert.deepEqual(await due(START_MS + 100, 3), [2, 4, 3]);
      assert.deepEqual(await due(START_MS + 100, 10), [2, 4, 3, 1]);
      assert.equal(await log.nextDueAtMs(), START_MS + 10);
      await log.commit({ remove: [2], put: [row(4, { dueAtMs: START_MS + 500 })] });
      assert.equal(await log.nextDueAtMs(), START_MS + 20);
      assert.deepEqual(await due(START_MS + 1000, 10), [3, 1, 4]);
    }),
    journalCase(subject, "JRN-27: rows are listed by state, paged by sequence, and counted", async ({ journal }) => {
      const log = await journal.open("d", "k");
      const states = ["waiting", "dead", "parked"] as const;
      await log.commit({ cursor: 12, put: Array.from({ length: 12 }, (_, i) => row(12 - i, { state: states[(12 - i) % 3] ?? "dead" })) });
      const list = async (query: Parameters<typeof log.rows>[0]) => (await log.rows(query)).map((one) => one.sequence);
      assert.deepEqual(await list({ after: 0, limit: 4 }), [1, 2, 3, 4]);
      assert.deepEqual(await list({ after: 10, limit: 4 }), [11, 12]);
      assert.deepEqual(await list({ state: "dead", after: 0, limit: 100 }), [1, 4, 7, 10]);
      const listed = await log.rows({ state: "dead", after: 9, limit: 100, withoutBytes: true });
      assert.deepEqual(normal(listed), normal([withoutBytes(row(10, { state: "dead" }))]));
      assert.equal((await log.rows({ after: 9, limit: 1, withoutBytes: true }))[0]?.bytes, undefined);
      assert.deepEqual(await list({ state: "waiting", after: 3, limit: 2 }), [6, 9]);
      assert.deepEqual(await log.counts(), { waiting: 4, parked: 4, dead: 4 });
      await rejectsAsRange(log.rows({ after: 0, limit: 0 }));
    }),
  ];
}

function withoutBytes(one: ReturnType<typeof row>): ReturnType<typeof row> {
  const { bytes: _, ...rest } = one;
  return rest;
}

function normal(rows: readonly (ReturnType<typeof row> | undefined)[]) {
  const hex = (bytes: Uint8Array | undefined) => (bytes === undefined ? null : Buffer.from(bytes).toString("hex"));
  return rows.map((one) => ({ ...one, bytes: hex(one?.bytes), history: hex(one?.history) }));
}
