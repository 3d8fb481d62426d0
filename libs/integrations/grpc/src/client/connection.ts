import type { DescMethodUnary } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { createNodeTransport, type NodeTransport } from "@tapio/client/node";
import { Health, type HealthCheckResponse_ServingStatus as ServingStatus } from "@tapio/contracts/grpc/health/v1/health";
import { RawPublishRequestSchema } from "@tapio/contracts/ingest/raw/v1/raw";
import { IngestService, type PublishResponseSchema, type RecordResult } from "@tapio/contracts/ingest/v1/ingest";
import { Protocol, type GrpcConfig } from "@tapio/contracts/integrations/grpc/v1/config";
import { readTlsFiles } from "./tls-files.ts";

const DEFAULT_TIMEOUT_MS = 10_000;

/** Publish with the records undecoded: same path, same wire form. */
const rawPublish: DescMethodUnary<typeof RawPublishRequestSchema, typeof PublishResponseSchema> = {
  ...IngestService.method.publish,
  input: RawPublishRequestSchema,
};

/** The way to one server. */
export interface Connection {
  /** The endpoint without what may be secret in it. */
  readonly endpoint: string;
  /** One Publish; throws what the transport throws. */
  publish(records: readonly Uint8Array[], signal: AbortSignal): Promise<readonly RecordResult[]>;
  /** Asks for the health of the server's IngestService. */
  checkHealth(signal: AbortSignal): Promise<ServingStatus>;
  close(): void;
}

/**
 * Opens nothing yet: the transport connects with the first call.
 * @throws Error that names the setting that cannot work.
 */
export async function createConnection(config: GrpcConfig): Promise<Connection> {
  const url = parseEndpoint(config.endpoint);
  if (config.tls !== undefined && url.protocol === "http:") throw new Error("tls: has no meaning for an http:// endpoint; use https://");
  const tls = config.tls === undefined ? {} : await readTlsFiles(config.tls);
  const protocol = config.protocol === Protocol.CONNECT ? "connect" : "grpc";
  const transport: NodeTransport = createNodeTransport({ baseUrl: config.endpoint, protocol, tls });
  const timeoutMs = config.timeout === undefined ? DEFAULT_TIMEOUT_MS : durationMs(config.timeout);
  const headers: Record<string, string> = config.token === "" ? {} : { authorization: `Bearer ${config.token}` };
  return {
    endpoint: url.origin + url.pathname.replace(/\/$/, ""),
    async publish(records, signal) {
      const { message } = await transport.unary(rawPublish, signal, timeoutMs, headers, { records: [...records] });
      return message.results;
    },
    async checkHealth(signal) {
      const service = IngestService.typeName;
      const { message } = await transport.unary(Health.method.check, signal, timeoutMs, headers, { service });
      return message.status;
    },
    close: () => transport.close(),
  };
}

function parseEndpoint(endpoint: string): URL {
  const url = URL.parse(endpoint);
  if (url === null) throw new Error("endpoint: is no URL; it must be like http://localhost:8080");
  if (url.username !== "" || url.password !== "") throw new Error("endpoint: must not hold a user name or a password; use token");
  return url;
}
