import { createServer } from "node:http";
import { createGroupWriter } from "./group-writer.ts";
import { serveUntilTold } from "./serve-until-told.ts";

// J2's bare loop: the body of `POST /v1/occurrences`, JSON.parse, one packed row per commit group, and an answer once that is durable.

const [file = ""] = process.argv.slice(2);
const writer = createGroupWriter(file);
const answer = Buffer.from('{"accepted":1}\n');
const headers = { "content-type": "application/json", "content-length": answer.length };

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
    const occurrence: unknown = JSON.parse(body.toString());
    if (typeof occurrence !== "object") throw new TypeError("not an occurrence");
    void writer.append([body], 1).then(() => response.writeHead(200, headers).end(answer));
  });
});
await serveUntilTold(server, () => writer.close());
