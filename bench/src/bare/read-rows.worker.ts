import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

const db = new DatabaseSync(String(workerData), { readOnly: true });
for (const row of db.prepare("SELECT records, bytes FROM packed ORDER BY first").iterate()) {
  const bytes = row["bytes"];
  if (!(bytes instanceof Uint8Array)) throw new TypeError("a row without bytes");
  const isWhole = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
  parentPort?.postMessage({ count: Number(row["records"]), bytes }, isWhole ? [bytes.buffer] : []);
}
db.close();
