import { JournalError } from "@tapio/journal";
import { createFakeClock, createRecordingMeter, recordingLogger } from "@tapio/testing";
import { afterEach, describe, expect, it } from "vitest";
import type { RetentionPolicy } from "./retention-decision.ts";
import { createRetention, type Retention, type RetentionOptions } from "./retention.ts";

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

type Shelf = { -readonly [Name in keyof RetentionOptions["journal"]]: RetentionOptions["journal"][Name] } & {
  append(count: number, atMs: number): void;
};

/** A journal as far as retention sees it: records of 100 bytes, by when they came. */
function createShelf(recordsMax: number): Shelf {
  const appendedAtMs: number[] = [];
  let trimmedTo = 0;
  const kept = (after = trimmedTo): number => appendedAtMs.length - Math.max(after, trimmedTo);
  return {
    append: (count, atMs) => void appendedAtMs.push(...Array.from({ length: count }, () => atMs)),
    bounds: () => ({ first: trimmedTo + 1, head: appendedAtMs.length }),
    usage: async () => ({ recordBytes: kept() * 100, fill: kept() / recordsMax }),
    backlog: async (after) => ({ records: kept(after), bytes: kept(after) * 100, oldestAtMs: appendedAtMs[after] }),
    sequenceBefore: async (atMs) => appendedAtMs.filter((at) => at < atMs).length,
    trimTo: async (sequence) => {
      trimmedTo = Math.max(trimmedTo, sequence);
    },
  };
}

interface Opened {
  readonly journal: Shelf;
  readonly clock: ReturnType<typeof createFakeClock>;
  readonly meter: ReturnType<typeof createRecordingMeter>;
  readonly logger: ReturnType<typeof recordingLogger>;
  readonly retention: Retention;
  pinned: number;
  append(count: number): void;
}

/** A journal of records of 100 bytes, and retention that has begun to look after it. */
function open(policy: RetentionPolicy, maxRecords = 1_000_000): Opened {
  const clock = createFakeClock();
  const meter = createRecordingMeter();
  const logger = recordingLogger();
  const journal = createShelf(maxRecords);
  const opened: Opened = {
    ...{ journal, clock, meter, logger, pinned: Infinity },
    retention: createRetention({ journal, clock, logger, meter, policy, pinned: async () => opened.pinned }),
    append: (count) => journal.append(count, clock.now()),
  };
  closers.push(() => opened.retention.close());
  return opened;
}

describe("retention", () => {
  it("RET-3: removes the oldest that are too much, and no more", async () => {
    const { append, clock, journal, meter, retention } = open({ maxBytes: 1_000 });
    append(25);
    retention.start();
    await clock.advance(1_000);
    expect(journal.bounds()).toEqual({ first: 16, head: 25 });
    expect(meter.value("tapio_journal_trimmed_records_total")).toBe(15);
    expect(meter.value("tapio_journal_record_bytes")).toBe(1_000);
    expect(meter.value("tapio_journal_first_sequence")).toBe(16);
    append(1);
    await clock.advance(1_000);
    expect(journal.bounds().first).toBe(17);
  });

  it("RET-4: removes what has become too old", async () => {
    const { append, clock, journal, retention } = open({ maxAgeMs: 60_000 });
    append(3);
    await clock.advance(30_000);
    append(2);
    retention.start();
    await clock.advance(29_000);
    expect(journal.bounds().first).toBe(1);
    await clock.advance(2_000);
    expect(journal.bounds().first).toBe(4);
    await clock.advance(60_000);
    expect(journal.bounds()).toEqual({ first: 6, head: 5 });
  });

  it("RET-1: removes nothing that a destination holds, and goes on when it is settled", async () => {
    const opened = open({ maxBytes: 1_000, maxAgeMs: 1_000 });
    opened.append(25);
    opened.pinned = 4;
    opened.retention.start();
    await opened.clock.advance(60_000);
    expect(opened.journal.bounds().first).toBe(5);
    opened.pinned = 25;
    await opened.clock.advance(1_000);
    expect(opened.journal.bounds().first).toBe(26);
  });

  it("RET-2: without a policy makes room at 90 % of the journal's own bound", async () => {
    const { append, clock, journal, retention } = open({}, 1_000);
    retention.start();
    append(899);
    await clock.advance(5_000);
    expect(journal.bounds().first).toBe(1);
    append(1);
    await clock.advance(1_000);
    expect(journal.bounds()).toEqual({ first: 51, head: 900 });
  });

  it("RET-2: looks often while the journal is filling, so that a small one does not fill between two looks", async () => {
    const { append, clock, journal, retention } = open({}, 1_000);
    append(800);
    retention.start();
    await clock.advance(50);
    append(150);
    await clock.advance(60);
    expect(journal.bounds()).toEqual({ first: 101, head: 950 });
  });

  it("RET-7: says once that a destination fills the journal", async () => {
    const opened = open({}, 1_000);
    opened.pinned = 0;
    opened.append(950);
    opened.retention.start();
    await opened.clock.advance(10_000);
    expect(opened.logger.entries.map(({ message }) => message)).toEqual([
      "the journal is nearly full, and a destination has not settled the oldest that it holds",
    ]);
    expect(opened.journal.bounds().first).toBe(1);
  });

  it("RET-5: goes in steps, and ends after the one at hand", async () => {
    const { append, clock, journal, retention } = open({ maxBytes: 0 });
    append(50_000);
    const steps: number[] = [];
    const { trimTo } = journal;
    journal.trimTo = async (sequence) => {
      steps.push(sequence);
      if (steps.length === 2) void retention.close();
      await trimTo(sequence);
    };
    retention.start();
    await clock.advance(1_000);
    await retention.close();
    expect(steps).toEqual([20_000, 40_000]);
    expect(journal.bounds().first).toBe(40_001);
  });

  it("RET-6: removes nothing while it is held, nor afterwards what was taken meanwhile", async () => {
    const opened = open({ maxBytes: 0 });
    opened.append(30_000);
    const placed = Promise.withResolvers<undefined>();
    const held = opened.retention.hold(() => placed.promise);
    opened.retention.start();
    await opened.clock.advance(5_000);
    expect(opened.journal.bounds().first).toBe(1);
    opened.pinned = 10;
    placed.resolve(undefined);
    await held;
    await opened.clock.advance(1_000);
    expect(opened.journal.bounds().first).toBe(11);
  });

  it("RET-6: asks again before each step what is held", async () => {
    const opened = open({ maxBytes: 0 });
    opened.append(50_000);
    const { trimTo } = opened.journal;
    opened.journal.trimTo = async (sequence) => {
      opened.pinned = 20_005;
      await trimTo(sequence);
    };
    opened.retention.start();
    await opened.clock.advance(500);
    expect(opened.journal.bounds().first).toBe(20_006);
  });

  it("RET-7: leaves a journal that fails alone for a while, says so once, and goes on", async () => {
    const { append, clock, journal, logger, retention } = open({ maxBytes: 0 });
    append(5);
    const { usage } = journal;
    journal.usage = () => Promise.reject(new JournalError("io", "the disk failed"));
    retention.start();
    await clock.advance(25_000);
    expect(logger.entries.map(({ message }) => message)).toEqual([
      "retention could not look at the journal, or not trim it: the disk failed; it is tried again",
    ]);
    journal.usage = usage;
    await clock.advance(10_000);
    expect(journal.bounds().first).toBe(6);
  });

  it("RET-8: takes a changed policy at the next look", async () => {
    const { append, clock, journal, retention } = open({});
    append(25);
    retention.start();
    await clock.advance(1_000);
    expect(journal.bounds().first).toBe(1);
    retention.change({ maxBytes: 500 });
    await clock.advance(1_000);
    expect(journal.bounds().first).toBe(21);
  });

  it("RET-5: may be closed before it starts, and twice", async () => {
    const { retention } = open({});
    await retention.close();
    await retention.close();
  });
});
