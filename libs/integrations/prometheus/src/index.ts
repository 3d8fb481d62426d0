export type { Exposition, PrometheusIntegration, PrometheusIntegrationOptions } from "./core/interfaces.ts";
export type { ExpositionFormat } from "./core/types.ts";
export { contentType, negotiate } from "./exporter/content-type.ts";
export { createPrometheusIntegration } from "./integration.ts";
