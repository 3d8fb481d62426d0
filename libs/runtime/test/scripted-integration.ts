import type { RecordView } from "@tapio/domain";
import {
  delivered,
  failed,
  IntegrationError,
  type Integration,
  type IntegrationContext,
  type IntegrationErrorCode,
  type Outcome,
} from "@tapio/integration-core";

/** One attempt of one record, as the receiver sees it. */
export interface Arrival {
  readonly id: string;
  readonly attempt: number;
  readonly deliveryId: string;
  readonly signal: AbortSignal;
}

export interface Script {
  /** What becomes of one attempt; default: delivered. */
  on?: (arrival: Arrival) => Outcome | Promise<Outcome>;
  /** True: takes batches. */
  readonly batch?: boolean;
  initialize?: (context: IntegrationContext) => Promise<void>;
  close?: () => Promise<void>;
  health?: () => Promise<{ healthy: boolean; message: string; details: Record<string, string> }>;
}

/** The receiver: what arrived, over all integrations that were made, restarts included. */
export interface Receiver {
  readonly script: Script;
  readonly arrivals: Arrival[];
  /** Ids of what was taken, repetitions included, in order. */
  readonly taken: string[];
  /** Sizes of the batches. */
  readonly batches: number[];
  made: number;
  closed: number;
}

export function createReceiver(script: Script = {}): Receiver {
  return { script, arrivals: [], taken: [], batches: [], made: 0, closed: 0 };
}

export function fail(code: IntegrationErrorCode, retryAfterMs?: number): Outcome {
  return failed(new IntegrationError({ integration: "scripted", operation: "deliver", code, message: `scripted ${code}`, retryAfterMs }));
}

export const hang = (): Promise<never> => new Promise(() => undefined);

/** An integration that hands everything to the receiver. `alive`: a process that was killed reaches nobody. */
export function createScripted(receiver: Receiver, alive: () => boolean = () => true): Integration<object> {
  receiver.made += 1;
  const { script } = receiver;
  const arrive = async (arrival: Arrival): Promise<Outcome> => {
    if (!alive()) return await hang();
    receiver.arrivals.push(arrival);
    const outcome = (await script.on?.(arrival)) ?? delivered();
    if (outcome.kind === "delivered") receiver.taken.push(arrival.id);
    return outcome;
  };
  const one = (message: { id: string }, call: Omit<Arrival, "id">): Promise<Outcome> =>
    arrive({ id: message.id, attempt: call.attempt, deliveryId: call.deliveryId, signal: call.signal });
  const processBatch: Integration<object>["processBatch"] = async (records, call) => {
    receiver.batches.push(records.length);
    const outcomes: Outcome[] = [];
    for (const [index, record] of records.entries()) outcomes.push(await arrive(arrivalOf(record, call.deliveries[index], call.signal)));
    return outcomes;
  };
  return {
    name: "scripted",
    initialize: (_config, context) => script.initialize?.(context) ?? Promise.resolve(),
    processEvent: one,
    processFinding: one,
    processCorrelation: one,
    ...(script.batch === true ? { processBatch } : {}),
    health: () => script.health?.() ?? Promise.resolve({ healthy: true, message: "", details: {} }),
    async close() {
      receiver.closed += 1;
      await script.close?.();
    },
  };
}

function arrivalOf(record: RecordView, delivery: { deliveryId: string; attempt: number } | undefined, signal: AbortSignal): Arrival {
  if (delivery === undefined) throw new Error("a batch call names each delivery");
  return { id: record.header.id, attempt: delivery.attempt, deliveryId: delivery.deliveryId, signal };
}

/** What a counting integration shows to the outside: only what is committed. */
export interface Counters {
  readonly script: { on?: (arrival: Arrival) => Outcome | Promise<Outcome> };
  shown: Record<string, number>;
  made: number;
}

/** A stateful integration: counts per record id, in the order of arrival, and shows what is committed. */
export function createCounting(counters: Counters, alive: () => boolean = () => true): Integration<object> {
  counters.made += 1;
  let counts: Record<string, number> = {};
  let pending: Record<string, number> = {};
  return {
    ...createScripted(createReceiver({ batch: true })),
    name: "counting",
    initialize(_config, context) {
      if (context.restored !== undefined) counts = JSON.parse(new TextDecoder().decode(context.restored)) as Record<string, number>;
      if (alive()) counters.shown = { ...counts };
      return Promise.resolve();
    },
    async processBatch(records, call) {
      const outcomes: Outcome[] = [];
      for (const [index, record] of records.entries()) {
        const arrival = arrivalOf(record, call.deliveries[index], call.signal);
        const outcome = (await counters.script.on?.(arrival)) ?? delivered();
        if (outcome.kind === "delivered") counts[arrival.id] = (counts[arrival.id] ?? 0) + 1;
        outcomes.push(outcome);
      }
      return outcomes;
    },
    snapshot() {
      pending = { ...counts };
      return new TextEncoder().encode(JSON.stringify(pending));
    },
    committed() {
      if (alive()) counters.shown = { ...pending };
    },
  };
}
