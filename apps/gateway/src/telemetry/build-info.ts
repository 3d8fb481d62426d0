import type { Meter } from "@tapio/integration-core";
import { VERSION } from "./version.ts";

/** Says which build runs, as Prometheus' own servers do: a gauge that is always 1. */
export function showBuildInfo(meter: Meter): void {
  const labels = { version: VERSION, node_version: process.versions.node };
  meter.gauge("tapio_build_info", "1, with the version of the gateway and of Node as labels.", Object.keys(labels)).set(1, labels);
}
