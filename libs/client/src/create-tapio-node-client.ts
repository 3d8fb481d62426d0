import type { ClientOptions } from "./calls.ts";
import { createTapioClient } from "./create-tapio-client.ts";
import { createNodeTransport, type NodeTransportOptions } from "./node-transport.ts";
import type { TapioClient } from "./tapio-client.ts";

export type TapioNodeClientOptions = ClientOptions & NodeTransportOptions;

/** A client that holds connections open. */
export interface TapioNodeClient extends TapioClient, Disposable {
  /** Ends all calls and connections. May be called twice. */
  close(): void;
}

/** A client for Node: gRPC over HTTP/2, with streams in both directions. */
export function createTapioNodeClient(options: TapioNodeClientOptions): TapioNodeClient {
  const transport = createNodeTransport(options);
  const client = createTapioClient({ ...options, transport });
  return { ...client, close: () => transport.close(), [Symbol.dispose]: () => transport.close() };
}
