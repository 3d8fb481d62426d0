import { createConnectRouter, type ConnectRouter } from "@connectrpc/connect";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import type { Compression, UniversalHandler } from "@connectrpc/connect/protocol";
import { createValidateInterceptor } from "@connectrpc/validate";
import { AdminService } from "@tapio/contracts/admin/v1/admin";
import { Health } from "@tapio/contracts/grpc/health/v1/health";
import { IngestService } from "@tapio/contracts/ingest/v1/ingest";
import { QueryService } from "@tapio/contracts/query/v1/query";
import { SubscribeService } from "@tapio/contracts/subscribe/v1/subscribe";
import type { ApiPorts } from "../core/interfaces.ts";
import { routeAdmin } from "./admin-service.ts";
import { withDefaults, type ApiOptions } from "./api-options.ts";
import { byContentType } from "./by-content-type.ts";
import { createFailureInterceptor } from "./failures.ts";
import { guardCompression, guardFloods } from "./flood-guard.ts";
import { routeHealth } from "./health-service.ts";
import { routeBinaryIngest, routeJsonIngest } from "./ingest-service.ts";
import { createJsonTextDecoder } from "./json-text.ts";
import { answerMalformedRequests } from "./malformed-requests.ts";
import { routeQuery } from "./query-service.ts";
import { routeReflection } from "./reflection-service.ts";
import { createSlots } from "./slots.ts";
import { routeBinarySubscribe, routeJsonSubscribe, routeLeases } from "./subscribe-service.ts";

/** Room for records that are nested deeper than they may be: those are refused one by one, not with the whole request. */
const JSON_DEPTH_MAX = 1_000;

const compressions = [compressionGzip, compressionBrotli];

const tapioServices = [IngestService, SubscribeService, QueryService, AdminService];

/**
 * The services of the API, with health and reflection: one handler per path, each for gRPC, gRPC-Web and Connect, in binary and JSON.
 * To be mounted by `requestPath` on a server that speaks HTTP/1.1 and HTTP/2 (gRPC needs the latter). Authentication is the server's.
 */
export function createApiHandlers(ports: ApiPorts, options: ApiOptions = {}): readonly UniversalHandler[] {
  const limits = withDefaults(options);
  const slots = createSlots(limits.maxSubscribers);
  const jsonOptions = {
    ignoreUnknownFields: false,
    recursionLimit: JSON_DEPTH_MAX,
    textDecoder: createJsonTextDecoder(limits.maxRequestBytes),
  };
  const interceptors = [createFailureInterceptor(ports.logger), createValidateInterceptor()];
  const newRouter = (acceptCompression: Compression[] = compressions): ConnectRouter =>
    createConnectRouter({
      acceptCompression,
      readMaxBytes: limits.maxRequestBytes,
      jsonOptions,
      interceptors,
      requestGate: answerMalformedRequests,
    });

  const shared = newRouter();
  routeLeases(shared);
  routeQuery(shared, ports);
  routeAdmin(shared, ports);
  routeHealth(
    shared,
    ports,
    tapioServices.map((service) => service.typeName),
  );
  routeReflection(shared, [...tapioServices, Health]);

  const ingest = newRouter(compressions.map((compression) => guardCompression(compression, limits)));
  routeBinaryIngest(ingest, ports, limits);
  const binary = newRouter();
  routeBinarySubscribe(binary, ports, slots);
  const json = newRouter();
  routeJsonIngest(json, ports, limits);
  routeJsonSubscribe(json, ports, slots);

  const guarded = ingest.handlers.map((handler) => guardFloods(handler, limits));
  return [...shared.handlers, ...joinByPath([...guarded, ...binary.handlers], json.handlers)];
}

/** The same for a router, e.g. that of connect-node's adapter. */
export function mountGrpc(router: ConnectRouter, ports: ApiPorts, options: ApiOptions = {}): void {
  router.handlers.push(...createApiHandlers(ports, options));
}

function joinByPath(binary: readonly UniversalHandler[], json: readonly UniversalHandler[]): UniversalHandler[] {
  const jsonByPath = new Map(json.map((handler) => [handler.requestPath, handler]));
  return binary.map((handler) => {
    const twin = jsonByPath.get(handler.requestPath);
    return twin === undefined ? handler : byContentType(handler, twin);
  });
}
