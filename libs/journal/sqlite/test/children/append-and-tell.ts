import { openSqliteJournal } from "@tapio/journal-sqlite";
import { say } from "./say.ts";

// Appends records one after the other and tells of each answer: "ACK <n>" or "ERR <code>". Then closes.
const [path = "", count = "1"] = process.argv.slice(2);
const journal = await openSqliteJournal({ path });
say("OPEN");
for (let n = 1; n <= Number(count); n++) {
  try {
    await journal.append([{ id: `r${n}`, bytes: Buffer.from(`record ${n}`) }]);
    say(`ACK ${n}`);
  } catch (error) {
    say(`ERR ${error instanceof Error && "code" in error ? String(error.code) : String(error)}`);
  }
}
await journal.close();
say("CLOSED");
