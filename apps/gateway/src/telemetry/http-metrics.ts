import type { Meter } from "@tapio/integration-core";
import type { ByteBudget } from "../http/byte-budget.ts";
import type { Port } from "../http/port.ts";

export interface HttpMetricsOptions {
  readonly meter: Meter;
  /** The listeners that are open. */
  ports(): readonly Pick<Port, "address" | "connections">[];
  readonly budget: Pick<ByteBudget, "used">;
}

/** What the listeners hold, as it is at each scrape. Call what it returns before rendering. */
export function createHttpMetrics({ meter, ports, budget }: HttpMetricsOptions): () => void {
  const connections = meter.gauge("tapio_http_connections", "Connections that are open, by listener.", ["listener"]);
  const bodies = meter.gauge("tapio_http_body_bytes", "Bytes of request bodies that are in memory, of all listeners together.");
  return () => {
    for (const { address, connections: count } of ports()) connections.set(count(), { listener: `${address.address}:${address.port}` });
    bodies.set(budget.used());
  };
}
