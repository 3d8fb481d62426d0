import { connect, type ClientHttp2Session } from "node:http2";
import { createPublishFrame } from "../records/publish-frame.ts";
import { runClosedLoop, type Sender } from "./closed-loop.ts";
import type { LoadOptions } from "./load-options.ts";
import { countAccepted } from "./publish-answer.ts";
import { tellParent } from "./tell-parent.ts";

// A process of its own: gRPC's Publish by hand on node:http2, so that it costs as little as possible beside what is measured.

const RESOURCE_EXHAUSTED = 8;

const headers = {
  ":method": "POST",
  ":path": "/tapio.ingest.v1.IngestService/Publish",
  "content-type": "application/grpc",
  te: "trailers",
};

function createSender(session: ClientHttp2Session, { batch, prefix }: LoadOptions): Sender {
  const frame = createPublishFrame(batch, prefix);
  return {
    send(counter, sentAtMs) {
      frame.renumber(counter, sentAtMs);
      const { promise, resolve, reject } = Promise.withResolvers<"acknowledged" | "put off">();
      const stream = session.request(headers);
      const chunks: Buffer[] = [];
      let status: string | undefined;
      let message = "";
      const onTrailers = (trailers: { readonly "grpc-status"?: unknown; readonly "grpc-message"?: unknown }): void => {
        if (trailers["grpc-status"] === undefined) return;
        status = String(trailers["grpc-status"]);
        message = String(trailers["grpc-message"] ?? "");
      };
      stream.on("response", onTrailers).on("trailers", onTrailers);
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", reject);
      stream.on("close", () => {
        if (Number(status) === RESOURCE_EXHAUSTED) return resolve("put off");
        if (status !== "0") return reject(new Error(`Publish was answered with the status ${status}: ${decodeURIComponent(message)}`));
        const accepted = countAccepted(Buffer.concat(chunks));
        // A bare loop answers without results.
        if (accepted !== undefined && accepted !== batch) return reject(new Error(`${accepted} of ${batch} records were accepted`));
        resolve("acknowledged");
      });
      stream.end(frame.bytes);
      return promise;
    },
  };
}

const options = JSON.parse(process.argv[2] ?? "") as LoadOptions;
const sessions = Array.from({ length: options.connections }, () => connect(options.url));
for (const session of sessions) session.on("error", (reason) => tellParent({ kind: "failed", message: reason.message }));
try {
  const senders = sessions.flatMap((session) => Array.from({ length: options.streams }, () => createSender(session, options)));
  tellParent({ kind: "report", report: await runClosedLoop(senders, options) });
} catch (reason) {
  tellParent({ kind: "failed", message: String(reason) });
} finally {
  for (const session of sessions) session.close();
  process.disconnect?.();
}
