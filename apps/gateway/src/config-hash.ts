import { scryptSync } from "node:crypto";
import { toJson, type JsonValue } from "@bufbuild/protobuf";
import { DestinationConfigSchema, type DestinationConfig } from "@tapio/contracts/gateway/v1/config";

/** Some milliseconds: what is guessed of a secret by its hash costs as much each time. */
const cost = 1_024;
const hashBytes = 8;

/**
 * Identifies a destination's configuration, secrets included: another secret is another configuration. It is shown to operators and kept in the
 * journal, so it is a slow hash. The order of headers and labels has no part in it.
 */
export function configHashOf(config: DestinationConfig): string {
  const canonical = JSON.stringify(sorted(toJson(DestinationConfigSchema, config)));
  return scryptSync(canonical, "tapio.gateway.v1.DestinationConfig", hashBytes, { N: cost }).toString("hex");
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}
