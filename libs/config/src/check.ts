import { createValidator, type Violation } from "@bufbuild/protovalidate";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { GatewayConfigSchema, type GatewayConfig } from "@tapio/contracts/gateway/v1/config";
import { compileFilter, FilterError } from "@tapio/domain";
import type { SourceMap } from "./source-map.ts";

const validator = createValidator();

/** Reports what the rules in the `.proto` files object to, and what no rule there can see. */
export function checkConfig(config: GatewayConfig, map: SourceMap): void {
  checkRules(config, map);
  checkNames(config, map);
  checkFilters(config, map);
  checkMetricNames(config, map);
  checkPorts(config, map);
}

function checkRules(config: GatewayConfig, map: SourceMap): void {
  const result = validator.validate(GatewayConfigSchema, config);
  if (result.kind === "error") throw result.error;
  if (result.kind === "valid") return;
  const reported = map.problems.map((problem) => problem.path);
  for (const violation of result.violations) {
    const path = pathToString(violation.field);
    if (!isConsequence(path, violation, reported)) map.report(path, violation.message);
  }
}

/** A value that could not be read is absent from the message: "is required" would be the same problem a second time. */
function isConsequence(path: string, violation: Violation, reported: readonly string[]): boolean {
  if (violation.field.at(-1)?.kind !== "oneof") return reported.includes(path);
  const members = `${path.slice(0, path.lastIndexOf("."))}.`;
  return reported.some((earlier) => earlier.startsWith(members));
}

function checkNames(config: GatewayConfig, map: SourceMap): void {
  const first = new Map<string, number>();
  config.destinations.forEach((destination, index) => {
    const earlier = first.get(destination.name);
    if (earlier === undefined) first.set(destination.name, index);
    else if (destination.name !== "")
      map.report(`destinations[${index}].name`, `"${destination.name}" is taken by destinations[${earlier}]: names are unique`);
  });
}

function checkFilters(config: GatewayConfig, map: SourceMap): void {
  config.destinations.forEach((destination, index) => {
    try {
      compileFilter(destination.filter);
    } catch (reason) {
      if (!(reason instanceof FilterError)) throw reason;
      map.report(`destinations[${index}].filter.${reason.field}`, reason.message);
    }
  });
}

/** Two of them under one prefix would write the same series to one page. */
function checkMetricNames(config: GatewayConfig, map: SourceMap): void {
  const first = new Map<string, string>();
  config.destinations.forEach((destination, index) => {
    if (destination.integration.case !== "prometheus") return;
    const prefix = destination.integration.value.prefix || "tapio";
    const earlier = first.get(prefix);
    if (earlier === undefined) first.set(prefix, `destinations[${index}]`);
    else
      map.report(`destinations[${index}].prometheus`, `has the metric names of ${earlier} ("${prefix}_..."): give it a prefix of its own`);
  });
}

function checkPorts(config: GatewayConfig, map: SourceMap): void {
  config.server?.listeners.forEach((listener, index) => {
    const port = Number(listener.address.slice(listener.address.lastIndexOf(":") + 1));
    if (port > 65_535) map.report(`server.listeners[${index}].address`, `port ${port} does not exist: the largest is 65535`);
  });
}
