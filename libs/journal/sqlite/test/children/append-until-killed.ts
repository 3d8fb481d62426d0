import { openSqliteJournal } from "@tapio/journal-sqlite";
import { say } from "./say.ts";

// Appends from eight callers without end, commits a destination's cursor with rows, and prints what was acknowledged.
const [path = "", start = "0"] = process.argv.slice(2);
const journal = await openSqliteJournal({ path });
const log = await journal.open("d", "k");

async function append(caller: number): Promise<never> {
  for (let n = Number(start); ; n++) {
    const ids = Array.from({ length: 1 + (n % 5) }, (_, index) => `c${caller}-${n}-${index}`);
    const results = await journal.append(ids.map((id) => ({ id, bytes: Buffer.from(`${id} `.repeat(1 + (n % 40))) })));
    say(JSON.stringify({ ids, sequences: results.map((one) => one.sequence) }));
  }
}

async function settle(): Promise<never> {
  for (let cursor = (log.cursor ?? 0) + 1; ; cursor++) {
    const put = [
      { sequence: cursor, recordId: "r", state: "dead" as const, attempts: 1, firstAttemptAtMs: 1, dueAtMs: 1, code: "gone", message: "" },
    ];
    await log.commit({ cursor, state: Buffer.from(String(cursor)), put });
    say(JSON.stringify({ cursor }));
  }
}

await Promise.all([...Array.from({ length: 8 }, (_, caller) => append(caller)), settle()]);
