import { setTimeout as sleep } from "node:timers/promises";
import { JournalError } from "@tapio/journal";
import { openSqliteJournal } from "@tapio/journal-sqlite";
import { say } from "./say.ts";

// Appends records one after the other, each until it is taken, and commits a cursor after each through one handle. Tells of every answer:
// "ACK <n> <sequence>", "COMMIT <n>", or "ERR <code> <condition>". Then closes.
const [path = "", count = "1"] = process.argv.slice(2);
const journal = await openSqliteJournal({ path });
const log = await journal.open("d", "k");
say("OPEN");

async function insist<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof JournalError) || tries === 100) throw error;
      say(`ERR ${error.code} ${journal.condition().state}`);
      await sleep(200);
    }
  }
}

for (let n = 1; n <= Number(count); n++) {
  const [result] = await insist(() => journal.append([{ id: `r${n}`, bytes: Buffer.from(`record ${n}`) }]));
  say(`ACK ${n} ${result?.sequence}`);
  await insist(() => log.commit({ cursor: n }));
  say(`COMMIT ${n}`);
}
say(`AT THE END ${journal.condition().state}`);
await journal.close();
say("CLOSED");
