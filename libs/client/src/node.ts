export { createTapioNodeClient } from "./create-tapio-node-client.ts";
export type { TapioNodeClient, TapioNodeClientOptions } from "./create-tapio-node-client.ts";
export { createNodeTransport } from "./node-transport.ts";
export type { NodeTransport, NodeTransportOptions, TlsOptions } from "./node-transport.ts";
