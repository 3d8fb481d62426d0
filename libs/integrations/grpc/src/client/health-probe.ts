import { Code, ConnectError } from "@connectrpc/connect";
import {
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthCheckResponse_ServingStatusSchema as ServingStatusSchema,
} from "@tapio/contracts/grpc/health/v1/health";
import type { HealthStatus } from "@tapio/integration-core";
import { callFailure } from "../core/errors.ts";
import type { Connection } from "./connection.ts";
import { ended } from "./forwarder.ts";

/** Asks the server's grpc.health.v1. A server without that service is healthy when it answers at all. */
export async function probeHealth(connection: Connection, signal: AbortSignal): Promise<HealthStatus> {
  const details = { endpoint: connection.endpoint };
  try {
    const status = await connection.checkHealth(signal);
    if (status === ServingStatus.SERVING) return { healthy: true, message: "", details };
    const name = ServingStatusSchema.value[status]?.name ?? "UNKNOWN";
    return { healthy: false, message: `${connection.endpoint} does not take records now: its health is ${name}`, details };
  } catch (reason) {
    const error = ConnectError.from(reason);
    if (!signal.aborted && error.code === Code.Unimplemented) {
      return { healthy: true, message: `${connection.endpoint} answers, and has no grpc.health.v1`, details };
    }
    return { healthy: false, message: (ended(signal) ?? callFailure(error, connection.endpoint)).message, details };
  }
}
