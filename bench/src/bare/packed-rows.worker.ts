import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

// The bare loop's writer: one packed row per commit group, durable when it is answered. Nothing else.

/** Records packed into one buffer, of which `size` bytes are used. */
export interface PackedRow {
  readonly records: number;
  readonly size: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const db = new DatabaseSync(String(workerData));
db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
db.exec("CREATE TABLE IF NOT EXISTS packed (first INTEGER PRIMARY KEY, records INTEGER NOT NULL, bytes BLOB NOT NULL)");
const insert = db.prepare("INSERT INTO packed VALUES (?, ?, ?)");
let next = 1;
parentPort?.on("message", (row: PackedRow | "close") => {
  if (row === "close") {
    db.close();
    parentPort?.close();
    return;
  }
  insert.run(next, row.records, row.bytes.subarray(0, row.size));
  next += row.records;
  parentPort?.postMessage(row, [row.bytes.buffer]);
});
