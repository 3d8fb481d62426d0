import { setImmediate as nextTurn } from "node:timers/promises";
import { JournalRecord } from "@tapio/journal";
import { journalContractCases } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { referenceJournalSubject, type Faults } from "../../test/reference-journal.ts";

describe("a journal that keeps its promises passes", () => {
  for (const { name, run } of journalContractCases(referenceJournalSubject())) it(name, run);
});

/** Each breaks one promise. */
const brokenJournals: readonly [clause: string, what: string, faults: Faults][] = [
  ["JRN-1", "sequences fall", { journal: ({ append }) => ({ append: async (group) => (await append(group)).toReversed() }) }],
  [
    "JRN-3",
    "times change from one opening to the next",
    {
      journal: ({ read }, place) => {
        const isReopened = place.head > 0;
        return {
          read: async (...page) =>
            (await read(...page)).map((one) => new JournalRecord(one.sequence, isReopened ? 0 : one.appendedAtMs, one.bytes)),
        };
      },
    },
  ],
  [
    "JRN-4",
    "duplicates are written again",
    { journal: ({ append }, place) => ({ append: (group) => (place.ids.clear(), append(group)) }) },
  ],
  [
    "JRN-7",
    "bytes are not copied",
    {
      journal: ({ append }, place) => ({
        append: async (group) => {
          const results = await append(group);
          place.records = place.records.map((one, index) => ({ ...one, bytes: group[index]?.bytes ?? one.bytes }));
          return results;
        },
      }),
    },
  ],
  ["JRN-9", "an empty id is taken", { journal: ({ append }) => ({ append: (group) => append(group.filter(({ id }) => id !== "")) }) }],
  [
    "JRN-10",
    "a page is empty where its first record is too large",
    { journal: ({ read }) => ({ read: async (after, limit) => (limit.bytes < 9 ? [] : await read(after, limit)) }) },
  ],
  ["JRN-11", "reads lag", { journal: ({ read }) => ({ read: async (...page) => (await read(...page)).slice(0, -1) }) }],
  ["JRN-12", "get finds nothing", { journal: () => ({ get: async () => undefined }) }],
  ["JRN-13", "times are off by one", { journal: ({ sequenceBefore }) => ({ sequenceBefore: (atMs) => sequenceBefore(atMs + 1) }) }],
  ["JRN-14", "bounds are not kept up", { journal: () => ({ bounds: () => ({ first: 1, head: 0 }) }) }],
  ["JRN-15", "waitPast wakes for nothing", { journal: () => ({ waitPast: async () => undefined }) }],
  ["JRN-16", "trimming takes one too many", { journal: ({ trimTo }) => ({ trimTo: (sequence) => trimTo(sequence + 1) }) }],
  ["JRN-17", "trimming forgets ids", { journal: ({ trimTo }, place) => ({ trimTo: (sequence) => (place.ids.clear(), trimTo(sequence)) }) }],
  [
    "JRN-18",
    "find gives the oldest",
    { journal: (_, place) => ({ find: async (id) => place.records.find((one) => one.id === id)?.sequence }) },
  ],
  [
    "JRN-19",
    "the backlog is off by the record that it begins after",
    { journal: ({ backlog }) => ({ backlog: (after) => backlog(Math.max(0, after - 1)) }) },
  ],
  ["JRN-20", "destinations are not listed", { journal: () => ({ destinations: async () => [] }) }],
  [
    "JRN-21",
    "a fenced handle commits",
    {
      log: ({ commit }, kept) => {
        const mine = kept.generation;
        return {
          commit: async (change) => {
            const { generation } = kept;
            kept.generation = mine;
            await commit(change).finally(() => (kept.generation = generation));
          },
        };
      },
    },
  ],
  [
    "JRN-22",
    "rows are written after the cursor that passes them",
    {
      log: ({ commit }) => ({
        commit: async ({ put, ...change }) => {
          await commit(change);
          await nextTurn();
          await commit({ put: put ?? [] });
        },
      }),
    },
  ],
  [
    "JRN-23",
    "a cursor that moves back is passed over in silence",
    { log: ({ commit }, kept) => ({ commit: (change) => commit({ ...change, cursor: Math.max(change.cursor ?? 0, kept.cursor ?? 0) }) }) },
  ],
  [
    "JRN-24",
    "an empty state is none",
    { log: ({ commit }) => ({ commit: ({ state, ...change }) => commit(state?.length ? { ...change, state } : change) }) },
  ],
  [
    "JRN-25",
    "removals come after puts",
    { log: ({ commit }) => ({ commit: async ({ remove, ...change }) => (await commit(change), await commit({ remove: remove ?? [] })) }) },
  ],
  [
    "JRN-26",
    "due rows come by sequence",
    { log: ({ due }) => ({ due: async (...query) => (await due(...query)).toSorted((a, b) => a.sequence - b.sequence) }) },
  ],
  ["JRN-27", "a page of rows has one too many", { log: ({ rows }) => ({ rows: (query) => rows({ ...query, limit: query.limit + 1 }) }) }],
  [
    "JRN-28",
    "rows above the cursor are forgotten",
    { log: ({ rows }, kept) => ({ rows: async (query) => (await rows(query)).filter(({ sequence }) => sequence <= (kept.cursor ?? 0)) }) },
  ],
  [
    "JRN-29",
    "a later open changes the kind",
    {
      journal: ({ open }, place) => ({
        open: (destination, kind) => {
          const kept = place.logs.get(destination);
          if (kept) kept.kind = kind;
          return open(destination, kind);
        },
      }),
    },
  ],
  ["JRN-30", "a call is answered after close", { journal: () => ({ sequenceBefore: async () => 0 }) }],
  ["JRN-31", "a closed handle goes on", { log: () => ({ close: async () => undefined }) }],
  ["JRN-34", "a closed journal says that it is well", { journal: () => ({ condition: () => ({ state: "ok", message: "" }) }) }],
  [
    "JRN-50",
    "settlements are written in a commit of their own, whatever became of the cursor",
    {
      log: ({ commit }, kept) => ({
        commit: ({ settlements = [], ...change }) => {
          kept.settlements.push(...settlements);
          return commit(change);
        },
      }),
    },
  ],
  [
    "JRN-51",
    "a settlement that is put again stands beside the one before",
    {
      log: ({ commit }, kept) => ({
        async commit({ settlements = [], ...change }) {
          await commit(change);
          kept.settlements.push(...settlements);
        },
      }),
    },
  ],
  [
    "JRN-52",
    "trimming takes a range that begins below what is kept",
    {
      journal: ({ trimTo }, place) => ({
        async trimTo(sequence) {
          await trimTo(sequence);
          for (const log of place.logs.values()) log.settlements = log.settlements.filter(({ from }) => from > sequence);
        },
      }),
    },
  ],
];

describe("the suite objects to a journal where", () => {
  it.each(brokenJournals)("%s: %s", async (clause, _what, faults) => {
    const cases = journalContractCases(referenceJournalSubject(faults)).filter(({ name }) => clausesOf(name).includes(clause));
    expect(cases).not.toEqual([]);
    const objections: string[] = [];
    for (const { name, run } of cases) await run().catch(() => objections.push(name));
    expect(objections).not.toEqual([]);
  });

  it("checks every clause with a broken journal but those of crashes and of bounds, which a journal in memory cannot break so simply", () => {
    const clauses = new Set(journalContractCases(referenceJournalSubject()).flatMap(({ name }) => clausesOf(name)));
    const broken = new Set(brokenJournals.map(([clause]) => clause));
    expect([...clauses].filter((clause) => !broken.has(clause)).toSorted()).toEqual(["JRN-2", "JRN-5", "JRN-6"]);
  });
});

/** The clauses that a case names before its colon. */
function clausesOf(name: string): string[] {
  return name.slice(0, name.indexOf(":")).split(", ");
}
