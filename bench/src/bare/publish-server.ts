import { createServer, type ServerHttp2Stream } from "node:http2";
import { createGroupWriter } from "./group-writer.ts";
import { serveUntilTold } from "./serve-until-told.ts";

// J1's bare loop: gRPC's frames off HTTP/2, as they are to one packed row per commit group, and an answer once that is durable.

const [file = "", batch = "1"] = process.argv.slice(2);
const writer = createGroupWriter(file);
const answer = Buffer.alloc(5);

function serve(stream: ServerHttp2Stream): void {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () => {
    void writer.append(chunks, Number(batch)).then(() => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(answer);
    });
  });
  stream.on("error", () => undefined);
}

const server = createServer({ settings: { initialWindowSize: 1024 * 1024 } });
server.on("session", (session) => session.setLocalWindowSize(4 * 1024 * 1024));
server.on("stream", serve);
await serveUntilTold(server, () => writer.close());
