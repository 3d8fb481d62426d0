import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tellParent } from "../load/tell-parent.ts";
import { countForParent } from "./count-for-parent.ts";

// A process of its own: takes posts at the paths that are its arguments and counts their `webhook-id`s; `/hang` never answers.

const count = countForParent(process.argv.slice(2));
const server = createServer((request, response) => {
  const path = request.url ?? "";
  request.resume();
  if (path === "/hang") return;
  request.on("end", () => {
    count(path, String(request.headers["webhook-id"]), Date.now());
    response.writeHead(204).end();
  });
});
server.listen(0, "127.0.0.1", () => {
  tellParent({ kind: "ready", url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.once("disconnect", () => process.exit(0));
