import {
  ATTR_K8S_CLUSTER_NAME,
  ATTR_K8S_NODE_NAME,
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
} from "@opentelemetry/semantic-conventions";
import type { Source } from "@tapio/contracts/domain/v1/types";
import type { ResourceAttribute } from "../core/types.ts";
import { truncate } from "./attribute-set.ts";

// What OpenTelemetry's resource conventions prescribe when a service has no name.
const UNKNOWN_SERVICE = "unknown_service";

/** Equal for sources that give the same Resource. */
export function sourceKeyOf(source: Source | undefined): string {
  if (source === undefined) return "";
  return `${source.kind}\0${source.instance}\0${source.version}\0${source.cluster}\0${source.node}`;
}

/** Whether two sources give the same Resource, without making their keys. */
export function isSameSource(a: Source | undefined, b: Source | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return a.instance === b.instance && a.node === b.node && a.kind === b.kind && a.version === b.version && a.cluster === b.cluster;
}

/** The OTLP Resource of a source. What the operator configured wins over what the source says of itself. */
export function resourceOf(source: Source | undefined, configured: readonly ResourceAttribute[]): readonly ResourceAttribute[] {
  const own: readonly (readonly [string, string])[] = [
    [ATTR_SERVICE_NAME, source?.kind || UNKNOWN_SERVICE],
    [ATTR_SERVICE_INSTANCE_ID, source?.instance ?? ""],
    [ATTR_SERVICE_VERSION, source?.version ?? ""],
    [ATTR_K8S_CLUSTER_NAME, source?.cluster ?? ""],
    [ATTR_K8S_NODE_NAME, source?.node ?? ""],
  ];
  const overridden = new Set(configured.map((attribute) => attribute.key));
  const kept = own.filter(([key, value]) => value !== "" && !overridden.has(key));
  return [...kept.map(([key, value]) => ({ key, value: truncate(value) })), ...configured];
}
