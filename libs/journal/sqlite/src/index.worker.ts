import { parentPort, workerData } from "node:worker_threads";
import { openIndexStore } from "./index-store.ts";
import { serveWorker } from "./worker-server.ts";

/** The index's thread: nothing but the store behind a port. */
if (parentPort) serveWorker(parentPort, () => openIndexStore(workerData));
