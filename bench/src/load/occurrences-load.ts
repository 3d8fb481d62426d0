import { connect } from "node:net";
import { createOccurrenceRequest } from "../records/occurrence-request.ts";
import { runClosedLoop, type Sender } from "./closed-loop.ts";
import type { LoadOptions } from "./load-options.ts";
import { tellParent } from "./tell-parent.ts";

// A process of its own: one occurrence per request on kept-alive connections, by hand on node:net.

const headEnd = Buffer.from("\r\n\r\n");

/** The whole answer in `bytes`, as text, or `undefined` while a part is missing. */
function wholeAnswer(bytes: Buffer): { readonly status: number; readonly body: string } | undefined {
  const end = bytes.indexOf(headEnd);
  if (end === -1) return undefined;
  const head = bytes.toString("latin1", 0, end);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  const from = end + headEnd.length;
  if (bytes.length < from + length) return undefined;
  return { status: Number(head.slice(9, 12)), body: bytes.toString("latin1", from, from + length) };
}

async function openSender({ url, prefix }: LoadOptions): Promise<Sender & { end(): void }> {
  const { hostname, port, host } = new URL(url);
  const request = createOccurrenceRequest(host, prefix);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => void socket.once("connect", resolve).once("error", reject));
  let received: Buffer = Buffer.alloc(0);
  let waiting = Promise.withResolvers<"acknowledged" | "put off">();
  socket.on("error", (reason) => waiting.reject(reason));
  socket.on("close", () => waiting.reject(new Error("the gateway closed the connection")));
  socket.on("data", (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const answer = wholeAnswer(received);
    if (answer === undefined) return;
    received = Buffer.alloc(0);
    if (answer.status === 503) waiting.resolve("put off");
    else if (answer.status === 200 && answer.body.includes('"accepted":1')) waiting.resolve("acknowledged");
    else waiting.reject(new Error(`POST /v1/occurrences was answered with ${answer.status}: ${answer.body}`));
  });
  return {
    send(counter, sentAtMs) {
      waiting = Promise.withResolvers();
      request.renumber(counter, sentAtMs);
      socket.write(request.bytes);
      return waiting.promise;
    },
    end: () => void socket.removeAllListeners("close").destroy(),
  };
}

const options = JSON.parse(process.argv[2] ?? "") as LoadOptions;
try {
  const senders = await Promise.all(Array.from({ length: options.connections }, () => openSender(options)));
  tellParent({ kind: "report", report: await runClosedLoop(senders, options) });
  for (const sender of senders) sender.end();
} catch (reason) {
  tellParent({ kind: "failed", message: String(reason) });
} finally {
  process.disconnect?.();
}
