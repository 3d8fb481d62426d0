import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openSqliteJournal } from "@tapio/journal-sqlite";

// How long a journal takes from start to ready. Run: node --conditions=tapio-source bench/open.ts [records] [record bytes] [group] [folder]
const records = Number(process.argv[2] ?? 10_000_000);
const recordBytes = Number(process.argv[3] ?? 600);
const groupRecords = Number(process.argv[4] ?? 100);
const parent = process.argv[5] ?? tmpdir();
const CALLERS = 16;
const ROUNDS = 3;
/** The index's thread starts a second after the journal. */
const INDEX_START_MS = 3000;

const folder = await mkdtemp(join(parent, "tapio-bench-"));
const path = join(folder, "data");
const bytes = new Uint8Array(recordBytes).map((_, index) => (index * 31) % 256);

async function fill(): Promise<void> {
  const journal = await openSqliteJournal({ path });
  let next = 0;
  const caller = async () => {
    while (next < records) {
      const count = Math.min(groupRecords, records - next);
      await journal.append(
        Array.from({ length: count }, () => ({ id: `0192f0c1-7c1e-7a30-8a4e-${String(next++).padStart(12, "0")}`, bytes })),
      );
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  await journal.close();
}

async function timed<Result>(work: () => Promise<Result>): Promise<[result: Result, seconds: number]> {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1000];
}

try {
  const [, fillSeconds] = await timed(fill);
  console.log(
    `${records} records of ${recordBytes} bytes, appended in ${fillSeconds.toFixed(1)} s by ${CALLERS} callers in groups of ${groupRecords}`,
  );
  for (let round = 1; round <= ROUNDS; round++) {
    const before = process.cpuUsage();
    const [journal, openSeconds] = await timed(() => openSqliteJournal({ path }));
    const used = process.cpuUsage(before);
    const [, appendSeconds] = await timed(() => journal.append([{ id: `new-${round}`, bytes }]));
    const find = () => journal.find(`0192f0c1-7c1e-7a30-8a4e-${"7".padStart(12, "0")}`);
    const [found, scanSeconds] = await timed(find);
    const [backlog, backlogSeconds] = await timed(() => journal.backlog(0));
    if (backlog.records < records || found !== 8) throw new Error(`found ${backlog.records} records, and record 7 at ${found}`);
    await sleep(INDEX_START_MS);
    const [, findSeconds] = await timed(find);
    const ms = (seconds: number) => `${(seconds * 1000).toFixed(1)} ms`;
    console.log(
      `open ${ms(openSeconds)} (${ms((used.user + used.system) / 1e6)} of processor), first append ${ms(appendSeconds)}, backlog ${ms(backlogSeconds)}, find the oldest ${ms(scanSeconds)}, with the index ${ms(findSeconds)}`,
    );
    await journal.close();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
