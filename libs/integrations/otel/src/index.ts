export { createOtelIntegration } from "./integration.ts";
export type { OtelIntegrationOptions } from "./integration.ts";
export { spanIdOf, traceIdOf } from "./processor/record-ids.ts";
export type { TraceableRecord } from "./processor/record-ids.ts";
