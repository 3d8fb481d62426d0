export type { ApiPorts, DeliveryControl, LogBounds, LogReadLimit, LogRecord, RecordLog } from "./core/interfaces.ts";
export { createGrpcIntegration } from "./integration.ts";
export { createApiHandlers, mountGrpc } from "./server/api-handlers.ts";
export type { ApiOptions } from "./server/api-options.ts";
export { createDirectPublish } from "./server/direct-publish.ts";
export type { DirectAnswer, DirectCall, DirectPublish, GrpcRequestHeaders } from "./server/direct-publish.ts";
