import { parentPort, workerData } from "node:worker_threads";
import { serveWorker } from "./worker-server.ts";
import { openWriteStore } from "./write-store.ts";

/** The writer's thread: nothing but the store behind a port. */
if (parentPort) serveWorker(parentPort, () => openWriteStore(workerData));
