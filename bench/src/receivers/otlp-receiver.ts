import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { tellParent } from "../load/tell-parent.ts";
import { ID_LENGTH, idPrefix } from "../records/record-id.ts";
import { countForParent } from "./count-for-parent.ts";

// A process of its own: takes OTLP over HTTP and finds the ids of the records in it, without decoding the rest.

const [name = ""] = process.argv.slice(2);
const prefix = Buffer.from(idPrefix(name));
const count = countForParent(["/v1/traces"]);
const answer = Buffer.alloc(0);

function countIds(body: Buffer): void {
  const nowMs = Date.now();
  let last = "";
  for (let at = body.indexOf(prefix); at !== -1; at = body.indexOf(prefix, at + ID_LENGTH)) {
    const id = body.toString("latin1", at, at + ID_LENGTH);
    // A span may have its record's id more than once.
    if (id !== last) count("/v1/traces", id, nowMs);
    last = id;
  }
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    countIds(request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body);
    response.writeHead(200, { "content-type": "application/x-protobuf", "content-length": 0 }).end(answer);
  });
});
server.listen(0, "127.0.0.1", () => {
  tellParent({ kind: "ready", url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.once("disconnect", () => process.exit(0));
