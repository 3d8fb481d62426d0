import type { SubscribeOptions } from "@tapio/client";
import { RecordKind } from "@tapio/contracts/domain/v1/record";
import { parseSeverity } from "@tapio/domain";
import type { Command } from "commander";
import { badOption, collect } from "./option-values.ts";

export interface FilterOptions {
  readonly kind: readonly string[];
  readonly type: readonly string[];
  readonly namespace: readonly string[];
  readonly minSeverity?: string;
  readonly expression?: string;
}

type RecordFilterInit = NonNullable<SubscribeOptions["filter"]>;

const kinds: ReadonlyMap<string, RecordKind> = new Map([
  ["event", RecordKind.EVENT],
  ["finding", RecordKind.FINDING],
  ["correlation", RecordKind.CORRELATION],
]);

/** Adds the options of a filter over records. */
export function withFilterOptions(command: Command): Command {
  return command
    .option("--kind <kind>", "event, finding or correlation; may be given again", collect, [] as readonly string[])
    .option("--type <glob>", 'e.g. "kernel.network.*"; may be given again', collect, [] as readonly string[])
    .option("--namespace <name>", "may be given again", collect, [] as readonly string[])
    .option("--min-severity <name>", "debug, info, warning, error or critical")
    .option("--expression <cel>", 'e.g. \'event.labels["team"] == "core"\'');
}

export function filterOf(options: FilterOptions): RecordFilterInit {
  return {
    kinds: options.kind.map((name) => kinds.get(name) ?? badOption("--kind", name, [...kinds.keys()].join(", "))),
    types: [...options.type],
    namespaces: [...options.namespace],
    minSeverity:
      options.minSeverity === undefined
        ? 0
        : (parseSeverity(options.minSeverity) ?? badOption("--min-severity", options.minSeverity, "debug, info, warning, error, critical")),
    expression: options.expression ?? "",
  };
}

/** Whether the user named any condition. */
export function hasFilter(options: FilterOptions): boolean {
  const { kind, type, namespace, minSeverity, expression } = options;
  return kind.length + type.length + namespace.length > 0 || minSeverity !== undefined || expression !== undefined;
}
