import { readFileSync } from "node:fs";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { Mount } from "@tapio/contracts/gateway/v1/config";
import type { SourceEndpoint } from "@tapio/ingest";
import type { Logger } from "@tapio/integration-core";
import type { DirectPublish } from "@tapio/integration-grpc";
import { createAccess } from "./http/access.ts";
import { createSecureContext } from "node:tls";
import type { ByteBudget } from "./http/byte-budget.ts";
import { openPort, type Port, type PortTls } from "./http/port.ts";
import { createDirectRouter } from "./http/direct-router.ts";
import { createRouter, type Page, type RouterOptions } from "./http/router.ts";
import type { GatewaySettings, ListenerSettings } from "./settings.ts";
import { StartError } from "./start-error.ts";

/** Everything that a listener may serve. */
export interface Served {
  readonly api: readonly UniversalHandler[];
  /** Answers the usual calls of Publish in place of its handler among `api`; absent: that answers all of them. */
  readonly directPublish?: DirectPublish | undefined;
  readonly sources: readonly SourceEndpoint[];
  readonly metrics: Page;
  /** Served on every listener. */
  readonly probes: readonly Page[];
  /** For the bodies of all listeners together. */
  readonly budget: ByteBudget;
  /** False while the gateway starts: probes alone are answered. */
  isOpen(): boolean;
}

const headersTimeoutMs = 10_000;
const idleTimeoutMs = 75_000;
const connectionsMax = 10_000;
/** Node's own timeout of a whole request stands behind the gateway's, which gives the better answer. */
const backstopMs = 5_000;

/** @throws StartError when the address cannot be listened on, or a TLS file cannot be read. */
export async function openListener(listener: ListenerSettings, settings: GatewaySettings, served: Served, logger: Logger): Promise<Port> {
  const { mounts } = listener;
  const tls = tlsOf(listener);
  const routes: RouterOptions = {
    access: createAccess({ ...listener, mtls: tls?.clientCa !== undefined }),
    api: mounts.has(Mount.API) ? served.api : [],
    sources: mounts.has(Mount.SOURCES) ? served.sources : [],
    pages: [...served.probes, ...(mounts.has(Mount.METRICS) ? [served.metrics] : [])],
    limits: { maxBytes: settings.ingest.requestBytesMax, timeoutMs: settings.ingest.requestTimeoutMs },
    budget: served.budget,
    isOpen: () => served.isOpen(),
    logger,
  };
  const { requestTimeoutMs } = settings.ingest;
  try {
    return await openPort({
      host: listener.host,
      port: listener.port,
      tls,
      timeouts: {
        headersMs: Math.min(headersTimeoutMs, requestTimeoutMs),
        requestMs: requestTimeoutMs + backstopMs,
        idleMs: idleTimeoutMs,
      },
      connectionsMax,
      onRequest: createRouter(routes),
      onStream: served.directPublish && createDirectRouter(routes, served.directPublish),
    });
  } catch (reason) {
    throw listenFailure(listener, reason);
  }
}

function listenFailure(listener: ListenerSettings, reason: unknown): StartError {
  const address = `${listener.host}:${listener.port}`;
  const code = reason instanceof Error && "code" in reason ? reason.code : undefined;
  switch (code) {
    case "EADDRINUSE":
      return new StartError(
        `cannot listen on ${address}: another process has this port. Stop it, or choose another: TAPIO_LISTEN=${listener.host}:8081 npm start`,
        reason,
      );
    case "EACCES":
      return new StartError(`cannot listen on ${address}: not permitted. Choose a port above 1023`, reason);
    default:
      return new StartError(`cannot listen on ${address}: ${reason instanceof Error ? reason.message : String(reason)}`, reason);
  }
}

function tlsOf({ tls }: ListenerSettings): PortTls | undefined {
  if (tls === undefined) return undefined;
  const cert = readPem("cert_file", tls.certFile);
  const key = readPem("key_file", tls.keyFile);
  const clientCa = tls.clientCaFile === "" ? undefined : readPem("client_ca_file", tls.clientCaFile);
  usable("cert_file", tls.certFile, () => createSecureContext({ cert }));
  usable("key_file", tls.keyFile, () => createSecureContext({ cert, key }));
  if (clientCa !== undefined) usable("client_ca_file", tls.clientCaFile, () => createSecureContext({ ca: clientCa }));
  return { cert, key, clientCa };
}

function usable(field: string, path: string, use: () => unknown): void {
  try {
    use();
  } catch (reason) {
    const why = reason instanceof Error ? reason.message : String(reason);
    throw new StartError(`server.listeners[].tls.${field}: ${path} cannot be used: ${why}. Give PEM files that belong together`, reason);
  }
}

function readPem(field: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (reason) {
    throw new StartError(
      `server.listeners[].tls.${field}: ${path} cannot be read: ${reason instanceof Error ? reason.message : String(reason)}`,
      reason,
    );
  }
}
