import { createServer, type ServerHttp2Stream } from "node:http2";
import { Worker } from "node:worker_threads";
import type { DeliverySettings } from "./deliver.worker.ts";
import { createGroupWriter } from "./group-writer.ts";
import { serveUntilTold } from "./serve-until-told.ts";

// J1's bare loop: gRPC's frames off HTTP/2, as they are to one packed row per commit group, and an answer once that is durable. With a kind of delivery
// and a URL: J4's and J5's, which give the same bytes to the delivering thread as well.

const [file = "", batch = "1", kind, url = "", secret = ""] = process.argv.slice(2);
const writer = createGroupWriter(file);
const answer = Buffer.alloc(5);
const deliver = kind === "spans" || kind === "webhooks" ? startDelivery({ kind, url, secret }) : undefined;

function startDelivery(settings: DeliverySettings): Worker {
  const worker = new Worker(new URL("./deliver.worker.ts", import.meta.url), { workerData: settings });
  worker.on("error", (reason) => {
    throw reason;
  });
  return worker;
}

function handOver(chunks: readonly Buffer[]): void {
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const frame = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    frame.set(chunk, at);
    at += chunk.length;
  }
  deliver?.postMessage(frame, [frame.buffer]);
}

function serve(stream: ServerHttp2Stream): void {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () => {
    void writer.append(chunks, Number(batch)).then(() => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(answer);
      if (deliver !== undefined) handOver(chunks);
    });
  });
  stream.on("error", () => undefined);
}

const server = createServer({ settings: { initialWindowSize: 1024 * 1024 } });
server.on("session", (session) => session.setLocalWindowSize(4 * 1024 * 1024));
server.on("stream", serve);
await serveUntilTold(server, async () => {
  await writer.close();
  await deliver?.terminate();
});
