import { Severity } from "@tapio/contracts/domain/v1/types";
import type { ReceiverName, TuningPlan } from "./chaos-plan.ts";
import type { JournalEntry } from "./journal-reader.ts";
import { webhookSecret } from "./receivers.ts";

/** What the oracle expects of one destination that sends to a receiver. */
export interface ExpectedDestination {
  readonly name: ReceiverName;
  takes(entry: JournalEntry): boolean;
  /** Gives up after a few attempts, so that records other than the poisoned may be dead letters. */
  readonly givesUp: boolean;
  /** `ordering: key`. */
  readonly isOrdered: boolean;
}

export const expectedDestinations: readonly ExpectedDestination[] = [
  { name: "any", takes: () => true, givesUp: false, isOrdered: false },
  { name: "keyed", takes: () => true, givesUp: false, isOrdered: true },
  { name: "picky", takes: ({ kind, severity }) => kind === "event" && severity >= Severity.WARNING, givesUp: true, isOrdered: false },
  { name: "traces", takes: ({ type }) => type !== "kernel.node.cpu_stall", givesUp: false, isOrdered: false },
];

export interface ConfigOptions {
  readonly dataFolder: string;
  readonly urls: Readonly<Record<ReceiverName, string>>;
  readonly tuning: TuningPlan;
  /** How long receivers may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** The configuration of the gateway under test. Delays are short, so that a round settles in seconds. */
export function chaosConfig({ dataFolder, urls, tuning, timeoutMs }: ConfigOptions): string {
  const retry = (maxAttempts: number): string =>
    `retry: { initial_delay: 20ms, max_delay: 300ms, max_attempts: ${maxAttempts}, max_age: 24h }`;
  const window = `window: { max_batch_records: ${tuning.maxBatchRecords}, max_in_flight_records: ${tuning.maxInFlightRecords}, linger: ${tuning.lingerMs}ms }`;
  const hook = (name: ReceiverName): string =>
    `webhooks: { url: "${urls[name]}/hook", secret: "${webhookSecret}", allowed_cidrs: ["127.0.0.0/8"], concurrency: ${tuning.concurrency}, timeout: ${timeoutMs}ms }`;
  const withoutEnd = 1_000_000;
  return `journal: { sqlite: { path: "${dataFolder}" } }
server: { listeners: [{ address: "127.0.0.1:0" }] }
shutdown_deadline: 30s
destinations:
  - { name: any, ${retry(withoutEnd)}, ${window}, ${hook("any")} }
  - { name: keyed, ordering: KEY, ${retry(withoutEnd)}, ${window}, ${hook("keyed")} }
  - { name: picky, filter: { kinds: [EVENT], min_severity: WARNING }, ${retry(4)}, ${window}, ${hook("picky")} }
  - name: traces
    filter: { types: ["kernel.container.**", "kernel.network.**"] }
    ${retry(withoutEnd)}
    ${window}
    otel: { endpoint: "${urls.traces}", timeout: ${timeoutMs}ms }
  - { name: metrics, prometheus: {} }
`;
}
