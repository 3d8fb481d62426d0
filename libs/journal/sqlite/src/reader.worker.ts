import { parentPort, workerData } from "node:worker_threads";
import { openReadStore } from "./read-store.ts";
import { serveWorker } from "./worker-server.ts";

/** The reader's thread: nothing but the store behind a port. */
if (parentPort) serveWorker(parentPort, () => openReadStore(workerData));
