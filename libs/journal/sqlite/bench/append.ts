import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openSqliteJournal } from "@tapio/journal-sqlite";

// How close the journal comes to what SQLite itself can do. Run: node --conditions=tapio-source bench/append.ts [seconds] [folder]
const seconds = Number(process.argv[2] ?? 3);
const parent = process.argv[3] ?? tmpdir();
const BATCH = 100;
const CALLERS = 16;
const RECORD_BYTES = 600;
const ROUNDS = 3;
const bytes = new Uint8Array(RECORD_BYTES).map((_, index) => (index * 31) % 256);

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The unavoidable part: one thread, one row per record by rowid, one fsync per batch, no ids, nobody who waits. */
async function bareLoop(): Promise<Measured> {
  return inFolder(async (folder) => {
    const db = new DatabaseSync(join(folder, "bare.db"));
    db.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE record (sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL)",
    );
    const insert = db.prepare("INSERT INTO record (bytes) VALUES (?)");
    const measured = await measure(1, BATCH, async () => {
      db.exec("BEGIN");
      for (let n = 0; n < BATCH; n++) insert.run(bytes);
      db.exec("COMMIT");
    });
    db.close();
    return measured;
  });
}

async function journal(callers: number, batch: number, tailBytesMax?: number): Promise<Measured> {
  return inFolder(async (folder) => {
    const opened = await openSqliteJournal({ path: join(folder, "data"), tailBytesMax });
    let next = 0;
    const measured = await measure(callers, batch, async () => {
      const group = Array.from({ length: batch }, () => ({ id: `0192f0c1-7c1e-7a30-8a4e-${String(next++).padStart(12, "0")}`, bytes }));
      await opened.append(group);
    });
    const found = opened.bounds().head;
    await opened.close();
    if (found !== next) throw new Error(`appended ${next} records, the journal has ${found}`);
    return measured;
  });
}

async function readBack(records: number, tailBytesMax: number): Promise<Measured> {
  return inFolder(async (folder) => {
    const opened = await openSqliteJournal({ path: join(folder, "data"), tailBytesMax });
    for (let n = 0; n < records; n += 1000) {
      await opened.append(Array.from({ length: 1000 }, (_, index) => ({ id: `r${n + index}`, bytes })));
    }
    let after = 0;
    const measured = await measure(1, 500, async () => {
      const page = await opened.read(after, { records: 500, bytes: 4 * 1024 * 1024 });
      after = page.at(-1)?.sequence ?? 0;
    });
    await opened.close();
    return measured;
  });
}

async function measure(callers: number, batch: number, step: () => Promise<void>): Promise<Measured> {
  const waits: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  const caller = async () => {
    while (performance.now() < end) {
      const before = performance.now();
      await step();
      waits.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const took = (performance.now() - start) / 1000;
  waits.sort((a, b) => a - b);
  const at = (part: number) => waits[Math.floor((waits.length - 1) * part)] ?? 0;
  return { perSecond: (waits.length * batch) / took, p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(parent, "tapio-bench-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function median(work: () => Promise<Measured>): Promise<Measured> {
  const rounds: Measured[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await work());
  rounds.sort((a, b) => a.perSecond - b.perSecond);
  const middle = rounds[Math.floor(ROUNDS / 2)];
  if (middle === undefined) throw new Error("no rounds");
  return middle;
}

const limit = await median(bareLoop);
const jobs: [string, Measured][] = [
  [`bare node:sqlite loop, ${BATCH} rows per commit`, limit],
  [`append, ${CALLERS} callers, groups of ${BATCH}`, await median(() => journal(CALLERS, BATCH))],
  [`the same without a tail`, await median(() => journal(CALLERS, BATCH, 0))],
  [`append, 1 caller, groups of ${BATCH}`, await median(() => journal(1, BATCH))],
  [`append, 64 callers, single records`, await median(() => journal(64, 1))],
  [`append, 1 caller, single records`, await median(() => journal(1, 1))],
  ["read, 500 at a time, from the file", await median(() => readBack(200_000, 0))],
  ["read, 500 at a time, from the tail", await median(() => readBack(40_000, 64 * 1024 * 1024))],
];
console.log(`records of ${RECORD_BYTES} bytes, medians of ${ROUNDS} runs of ${seconds} s`);
console.table(
  jobs.map(([job, one]) => ({
    job,
    "records/s": Math.round(one.perSecond),
    ratio: Number((one.perSecond / limit.perSecond).toFixed(2)),
    "p50 ms": Number(one.p50Ms.toFixed(2)),
    "p99 ms": Number(one.p99Ms.toFixed(2)),
  })),
);
