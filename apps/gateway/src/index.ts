export { startGateway } from "./gateway.ts";
export type { Gateway, GatewayOptions } from "./gateway.ts";
export { readConfig } from "./read-config.ts";
export type { ConfigReading, Environment } from "./read-config.ts";
export { systemClock } from "./telemetry/clock.ts";
export { keepNewObjectsYoung } from "./garbage-collection.ts";
