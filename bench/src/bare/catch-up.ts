import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { createPublishFrame } from "../records/publish-frame.ts";
import { idPrefix } from "../records/record-id.ts";

// J6's bare loop: packed rows of 1,000 records read by one thread and handed to another, which does nothing with them. The file is made when it is
// missing. Prints how many records it read, and in how many seconds.

const ROW_RECORDS = 1000;
const [file = "", records = "0"] = process.argv.slice(2);
const rows = Math.max(1, Math.floor(Number(records) / ROW_RECORDS));
if (!existsSync(file)) fill();
const startedAt = performance.now();
const worker = new Worker(new URL("./read-rows.worker.ts", import.meta.url), { workerData: file });
let read = 0;
worker.on("message", ({ count }: { readonly count: number }) => (read += count));
worker.once("exit", () => {
  process.stdout.write(`${JSON.stringify({ records: read, seconds: (performance.now() - startedAt) / 1000 })}\n`);
});

function fill(): void {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  db.exec("CREATE TABLE packed (first INTEGER PRIMARY KEY, records INTEGER NOT NULL, bytes BLOB NOT NULL)");
  const insert = db.prepare("INSERT INTO packed VALUES (?, ?, ?)");
  const frame = createPublishFrame(ROW_RECORDS, idPrefix("catchup"));
  for (let row = 0; row < rows; row++) {
    frame.renumber(row * ROW_RECORDS, Date.now());
    insert.run(row * ROW_RECORDS + 1, ROW_RECORDS, frame.bytes);
  }
  db.close();
}
