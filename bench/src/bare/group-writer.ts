import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { PackedRow } from "./packed-rows.worker.ts";

/** Group commit at its least: what comes while two groups are being written becomes the next one. */
export interface GroupWriter {
  /** Resolves when the bytes are durable. They are copied before the call returns. */
  append(chunks: readonly Uint8Array[], records: number): Promise<void>;
  close(): Promise<void>;
}

interface Group {
  bytes: Uint8Array<ArrayBuffer>;
  size: number;
  records: number;
  readonly done: (() => void)[];
}

const GROUP_BYTES_MAX = 2 * 1024 * 1024;
const IN_FLIGHT_MAX = 2;

export function createGroupWriter(file: string): GroupWriter {
  const worker = new Worker(new URL("./packed-rows.worker.ts", import.meta.url), { workerData: file });
  const free: Uint8Array<ArrayBuffer>[] = [];
  const inFlight: Group[] = [];
  const queue: Group[] = [];
  let scheduled = false;

  const flush = (): void => {
    scheduled = false;
    while (inFlight.length < IN_FLIGHT_MAX) {
      const group = queue.shift();
      if (group === undefined) return;
      inFlight.push(group);
      const row: PackedRow = { records: group.records, size: group.size, bytes: group.bytes };
      worker.postMessage(row, [group.bytes.buffer]);
    }
  };
  worker.on("message", ({ bytes }: PackedRow) => {
    free.push(bytes);
    const group = inFlight.shift();
    flush();
    for (const done of group?.done ?? []) done();
  });
  worker.on("error", (reason) => {
    throw reason;
  });

  return {
    append(chunks, records) {
      let group = queue.at(-1);
      if (group === undefined || group.size >= GROUP_BYTES_MAX) {
        group = { bytes: free.pop() ?? new Uint8Array(2 * GROUP_BYTES_MAX), size: 0, records: 0, done: [] };
        queue.push(group);
      }
      for (const chunk of chunks) {
        group.bytes.set(chunk, group.size);
        group.size += chunk.byteLength;
      }
      group.records += records;
      const { promise, resolve } = Promise.withResolvers<void>();
      group.done.push(resolve);
      if (!scheduled) queueMicrotask(flush);
      scheduled = true;
      return promise;
    },
    async close() {
      worker.postMessage("close");
      await once(worker, "exit");
    },
  };
}
