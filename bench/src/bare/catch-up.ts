import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { createTally } from "../receivers/tally.ts";
import { createPublishFrame, FRAME_PREFIX_BYTES } from "../records/publish-frame.ts";
import { ID_LENGTH, idPrefix } from "../records/record-id.ts";

// J6's bare loop: packed rows of 1,000 records, read by one thread and handed to another, which counts each record by its id, as the null destination
// does: without that nobody knows what was lost. The file is made when it is missing. Prints how many records it read, and in how many seconds.

const ROW_RECORDS = 1000;
const [file = "", records = "0"] = process.argv.slice(2);
const rows = Math.max(1, Math.floor(Number(records) / ROW_RECORDS));
if (!existsSync(file)) fill();
const startedAt = performance.now();
const worker = new Worker(new URL("./read-rows.worker.ts", import.meta.url), { workerData: file });
const tally = createTally(idPrefix("catchup"));
worker.on("message", ({ bytes }: { readonly bytes: Uint8Array }) => {
  const nowMs = Date.now();
  for (const record of recordsOf(bytes)) tally.note(idOf(record), nowMs);
});
worker.once("exit", () => {
  process.stdout.write(`${JSON.stringify({ records: tally.unique, seconds: (performance.now() - startedAt) / 1000 })}\n`);
});

/** The records of a gRPC frame: a tag of one byte, a length, and the record, again and again. */
function recordsOf(frame: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = FRAME_PREFIX_BYTES; at < frame.length;) {
    let size = 0;
    let byte = 0x80;
    for (let shift = 0; byte >= 0x80; shift += 7) {
      byte = frame[++at] ?? 0;
      size |= (byte & 0x7f) << shift;
    }
    records.push(frame.subarray(at + 1, at + 1 + size));
    at += 1 + size;
  }
  return records;
}

/** Behind the tags and lengths of the event (its length takes two bytes) and of the id. */
const ID_AT = 5;

function idOf(record: Uint8Array): string {
  return Buffer.from(record.buffer, record.byteOffset, record.byteLength).toString("latin1", ID_AT, ID_AT + ID_LENGTH);
}

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
