import { create } from "@bufbuild/protobuf";
import { RecordSchema, type Record } from "@tapio/contracts/domain/v1/record";
import type { GrpcConfig } from "@tapio/contracts/integrations/grpc/v1/config";
import { encodeRecord } from "@tapio/domain";
import { failed, IntegrationError, type DeliveryCall, type Integration, type Outcome } from "@tapio/integration-core";
import type { SizedRecord } from "./client/batches.ts";
import { createConnection, type Connection } from "./client/connection.ts";
import { createForwarder, type Forwarder } from "./client/forwarder.ts";
import { probeHealth } from "./client/health-probe.ts";

const NAME = "grpc";

/** A destination that forwards records to another server of `tapio.ingest.v1`. */
export function createGrpcIntegration(): Integration<GrpcConfig> {
  const closing = new AbortController();
  let open: { readonly connection: Connection; readonly forwarder: Forwarder } | undefined;

  async function forward(records: readonly SizedRecord[], signal: AbortSignal): Promise<readonly Outcome[]> {
    if (open !== undefined && !closing.signal.aborted) return await open.forwarder.forward(records, signal);
    const error = new IntegrationError({
      integration: NAME,
      operation: "Publish",
      code: closing.signal.aborted ? "canceled" : "internal",
      message: closing.signal.aborted ? "the destination is closed" : "the destination is not initialized",
    });
    return records.map(() => failed(error));
  }

  async function forwardOne(kind: Record["kind"], call: DeliveryCall): Promise<Outcome> {
    const bytes = encodeRecord(create(RecordSchema, { kind }));
    const [outcome] = await forward([{ bytes }], call.signal);
    return outcome ?? failed(new IntegrationError({ integration: NAME, operation: "Publish", code: "internal", message: "no outcome" }));
  }

  return {
    name: NAME,
    async initialize(config, { logger }) {
      try {
        const connection = await createConnection(config);
        if (config.token !== "" && connection.endpoint.startsWith("http:")) {
          logger.warn({ endpoint: connection.endpoint }, "the token is sent without TLS: whoever sees the traffic can use it");
        }
        open = { connection, forwarder: createForwarder(connection, closing.signal) };
      } catch (cause) {
        const message = cause instanceof Error ? cause.message : String(cause);
        throw new IntegrationError({ integration: NAME, operation: "initialize", code: "config_invalid", message, cause });
      }
    },
    processEvent: (value, call) => forwardOne({ case: "event", value }, call),
    processFinding: (value, call) => forwardOne({ case: "finding", value }, call),
    processCorrelation: (value, call) => forwardOne({ case: "correlation", value }, call),
    processBatch: (records, call) => forward(records, call.signal),
    async health({ signal }) {
      if (open === undefined || closing.signal.aborted) {
        return {
          healthy: false,
          message: open === undefined ? "the destination is not initialized" : "the destination is closed",
          details: {},
        };
      }
      return await probeHealth(open.connection, AbortSignal.any([signal, closing.signal]));
    },
    async close() {
      closing.abort(new DOMException("the destination is closed", "AbortError"));
      open?.connection.close();
    },
  };
}
