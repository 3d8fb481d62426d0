import {
  OnFull,
  Ordering,
  type DestinationConfig,
  type GatewayConfig,
  type RetryConfig,
  type WindowConfig,
} from "@tapio/contracts/gateway/v1/config";
import { compileFilter, compileOrderingKey, FilterError } from "@tapio/domain";
import type { SourceMap } from "./source-map.ts";

interface Findings {
  report(field: string, message: string): void;
  /** Whether something is wrong with this field already: what would follow from that is no second problem. */
  isWrong(field: string): boolean;
}

/** Reports what in the destinations no rule of the `.proto` files can see: names, expressions, and settings that mean nothing beside each other. */
export function checkDestinations(config: GatewayConfig, map: SourceMap): void {
  checkNames(config, map);
  checkMetricNames(config, map);
  config.destinations.forEach((destination, index) => {
    const findings = findingsAt(`destinations[${index}]`, map);
    checkFilter(destination, findings);
    checkOrdering(destination, findings);
    checkBacklog(destination, findings);
    checkSchedule(destination.retry, findings);
    if (destination.integration.case === "prometheus") checkInOrder(destination, findings);
  });
}

function findingsAt(base: string, map: SourceMap): Findings {
  const wrong = new Set(map.problems.map(({ path }) => path));
  return {
    report: (field, message) => map.report(`${base}.${field}`, message),
    isWrong: (field) => [...wrong].some((path) => path === `${base}.${field}` || path.startsWith(`${base}.${field}.`)),
  };
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

function checkFilter({ filter }: DestinationConfig, { report }: Findings): void {
  compiles(
    () => compileFilter(filter),
    (problem) => report(`filter.${problem.field}`, problem.message),
  );
}

function checkOrdering({ ordering, orderingKey, window }: DestinationConfig, { report, isWrong }: Findings): void {
  const isKeyed = ordering === Ordering.KEY || isWrong("ordering");
  if (orderingKey !== "" && !isKeyed) report("ordering_key", "needs ordering: key beside it, or has no effect");
  if ((window?.maxParkedRecords ?? 0) > 0 && !isKeyed) report("window.max_parked_records", "needs ordering: key: nothing else parks");
  compiles(
    () => compileOrderingKey(orderingKey),
    (problem) => report("ordering_key", problem.message),
  );
}

function checkBacklog({ maxBacklog, onFull }: DestinationConfig, { report, isWrong }: Findings): void {
  if (maxBacklog !== undefined && maxBacklog.bytes === 0n && maxBacklog.age === undefined && !isWrong("max_backlog")) {
    report("max_backlog", "needs bytes, age or both, e.g. {bytes: 10GiB, age: 24h}");
  }
  if (maxBacklog === undefined && onFull !== OnFull.UNSPECIFIED && !isWrong("max_backlog"))
    report("on_full", "needs max_backlog: without it nothing is ever full");
}

function checkSchedule(retry: RetryConfig | undefined, { report }: Findings): void {
  if (retry === undefined || retry.schedule.length === 0) return;
  for (const field of exponential(retry)) report(`retry.${field}`, "cannot be set beside schedule, which says each delay itself");
}

function exponential({ initialDelay, maxDelay, multiplier }: RetryConfig): string[] {
  const given = { initial_delay: initialDelay !== undefined, max_delay: maxDelay !== undefined, multiplier: multiplier !== 0 };
  return namesOf(given);
}

/** Counters are applied in order, one batch at a time, and what fails is applied again from the last commit: nothing waits on its own. */
function checkInOrder(destination: DestinationConfig, { report }: Findings): void {
  const why = "has no effect on prometheus, which applies records in their order, one batch at a time: leave it out";
  if (destination.ordering === Ordering.KEY) report("ordering", why);
  if ((destination.retry?.schedule.length ?? 0) > 0) report("retry.schedule", why);
  for (const field of perRecord(destination.window)) report(`window.${field}`, why);
}

function perRecord(window: WindowConfig | undefined): string[] {
  return namesOf({
    max_concurrent_attempts: (window?.maxConcurrentAttempts ?? 0) > 0,
    max_waiting_records: (window?.maxWaitingRecords ?? 0) > 0,
    max_records_per_second: (window?.maxRecordsPerSecond ?? 0) > 0,
    linger: window?.linger !== undefined,
  });
}

function namesOf(given: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(given).filter((name) => given[name] === true);
}

function compiles(compile: () => unknown, report: (problem: FilterError) => void): void {
  try {
    compile();
  } catch (reason) {
    if (!(reason instanceof FilterError)) throw reason;
    report(reason);
  }
}
