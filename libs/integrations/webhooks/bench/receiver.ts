// A receiver for bench/post.ts, in a process of its own: answers 204 to everything, and says its port on the first line.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  request.resume().on("end", () => response.writeHead(204).end());
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" ? address?.port : ""}\n`);
});
process.once("disconnect", () => process.exit(0));
