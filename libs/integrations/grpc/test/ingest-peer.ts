import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { create } from "@bufbuild/protobuf";
import { GrpcConfigSchema, type GrpcConfig } from "@tapio/contracts/integrations/grpc/v1/config";
import type { IntegrationPeer, PeerMode } from "@tapio/testing";

const TOKEN = "ingest-peer-t0ken";

/** The status and metadata that end a call, per mode that answers without a message. */
const refusals: { readonly [mode in PeerMode]?: Readonly<Record<string, string>> } = {
  unavailable: { "grpc-status": "14", "grpc-message": "try again" },
  throttle: { "grpc-status": "8", "grpc-message": "slow down", "retry-after-ms": "2000" },
  deny: { "grpc-status": "16", "grpc-message": "who are you" },
};

/** A server of tapio.ingest.v1 over gRPC that is written against the wire and shares no code with what it tests. */
export async function startIngestPeer(): Promise<IntegrationPeer<GrpcConfig>> {
  let mode: PeerMode = "accept";
  let received = 0;
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer();
  server.on("session", (session) => sessions.add(session.once("close", () => sessions.delete(session))));
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    stream.on("error", () => undefined);
    if (headers.authorization !== `Bearer ${TOKEN}`) return end(stream, { "grpc-status": "16" });
    const path = headers[":path"] ?? "";
    void readAll(stream).then((body) => {
      if (mode === "hang") return;
      if (mode === "reset") return stream.session?.socket.destroy();
      if (path === "/grpc.health.v1.Health/Check") return answer(stream, Buffer.from("0801", "hex"));
      const refusal = refusals[mode];
      if (refusal !== undefined) return end(stream, refusal);
      const count = countRecords(body.subarray(5));
      if (mode === "accept") received += count;
      answer(stream, Buffer.concat(Array.from({ length: count }, () => (mode === "accept" ? accepted : rejected))));
    });
  });
  const endpoint = await listen(server);
  return {
    config: create(GrpcConfigSchema, { endpoint, token: TOKEN }),
    secrets: [TOKEN],
    behave: (next) => {
      mode = next;
    },
    receivedCount: async () => received,
    async close() {
      for (const session of sessions) session.destroy();
      if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** PublishResponse.results { status: ACCEPTED } */
const accepted = Buffer.from("0a020801", "hex");
/** PublishResponse.results { status: REJECTED field: "event.type" reason: "bad" } */
const rejected = Buffer.from("0a130803220a6576656e742e747970652a03626164", "hex");

/** How many times field 1 stands in a PublishRequest. */
function countRecords(message: Buffer): number {
  let count = 0;
  for (let at = 0; at < message.length; count += 1) {
    if (message[at] !== 0x0a) throw new Error(`not a record at ${String(at)}`);
    let length = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = message[++at] ?? 0;
      length |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80);
    at += 1 + length;
  }
  return count;
}

async function readAll(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answer(stream: ServerHttp2Stream, message: Buffer): void {
  if (stream.destroyed) return;
  stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([head, message]));
}

/** A call that ends without a message: all that gRPC has to say stands in the headers. */
function end(stream: ServerHttp2Stream, headers: Readonly<Record<string, string>>): void {
  if (stream.destroyed) return;
  stream.respond({ ":status": 200, "content-type": "application/grpc+proto", ...headers }, { endStream: true });
}

async function listen(server: Http2Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}
