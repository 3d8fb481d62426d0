import { delivered, failed, IntegrationError, type Integration, type IntegrationErrorCode, type Outcome } from "@tapio/integration-core";
import type { RecordView } from "@tapio/domain";
import type { DestinationModel, ModelAnswer, ModelArrival } from "./destination-model.ts";

/** What a receiver does with each attempt. `half`: every second one fails so. */
export type Behaviour =
  | { readonly kind: "works" }
  | { readonly kind: "skips" }
  | { readonly kind: "hangs" }
  | { readonly kind: "fails"; readonly code: IntegrationErrorCode; readonly half: boolean };

/** The outside, which lives through all processes. */
export interface Peer {
  behaviour: Behaviour;
  readonly model: DestinationModel;
  /** Ids by how often they were counted, as the last committed state shows it. */
  shown: Readonly<Record<string, number>>;
  /** A rule was broken where nobody can throw. */
  onProblem(problem: unknown): void;
  trace(line: string): void;
}

interface Call {
  readonly deliveryId: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/** Hands each record to the peer. `isAlive`: a process that was killed reaches nobody. */
export function createPeerIntegration(peer: Peer, isBatching: boolean, isAlive: () => boolean): Integration<object> {
  const arrive = async (call: Call): Promise<Outcome> => {
    if (!isAlive()) return await new Promise<never>(() => undefined);
    let isAnswered = false;
    const sequence = Number(call.deliveryId.split("/")[1]);
    const arrival: ModelArrival = { sequence, attempt: call.attempt, isOver: () => isAnswered || call.signal.aborted };
    try {
      peer.model.arrives(arrival);
    } catch (problem) {
      peer.onProblem(problem);
    }
    // Whoever does not answer in time has failed, whatever is said later.
    call.signal.addEventListener("abort", () => {
      if (!isAnswered && isAlive() && (call.signal.reason as Error).name === "TimeoutError") peer.model.answers(arrival, "failed");
    });
    const outcome = await answerOf(peer.behaviour, sequence + call.attempt);
    isAnswered = true;
    peer.trace(`sequence ${sequence}, attempt ${call.attempt}: ${outcome.kind === "failed" ? outcome.error.code : outcome.kind}`);
    if (isAlive() && !call.signal.aborted) peer.model.answers(arrival, answerKind(outcome));
    return outcome;
  };
  const one = (_message: object, call: Call): Promise<Outcome> => arrive(call);
  return {
    name: "peer",
    initialize: () => Promise.resolve(),
    ...{ processEvent: one, processFinding: one, processCorrelation: one },
    ...(isBatching
      ? {
          processBatch: (_records, { deliveries, signal }) =>
            Promise.all(deliveries.map(({ deliveryId, attempt }) => arrive({ deliveryId, attempt, signal }))),
        }
      : {}),
    health: () => Promise.resolve({ healthy: true, message: "", details: {} }),
    close: () => Promise.resolve(),
  };
}

/** Counts per record id, and shows what is committed. */
export function createCountingIntegration(peer: Peer, isAlive: () => boolean): Integration<object> {
  let counts: Record<string, number> = {};
  let pending: Record<string, number> = {};
  const base = createPeerIntegration(peer, true, isAlive);
  const show = (next: Record<string, number>): void => {
    if (!isAlive()) return;
    for (const id of Object.keys(peer.shown))
      if ((next[id] ?? 0) < (peer.shown[id] ?? 0)) peer.onProblem(new Error(`the rule is broken: the count of ${id} goes back`));
    for (const [id, count] of Object.entries(next))
      if (count > 1) peer.onProblem(new Error(`the rule is broken: ${id} is counted ${count} times`));
    peer.shown = { ...next };
  };
  return {
    ...base,
    initialize(_config, { restored }) {
      if (restored !== undefined) counts = JSON.parse(new TextDecoder().decode(restored)) as Record<string, number>;
      show(counts);
      return Promise.resolve();
    },
    async processBatch(records: readonly RecordView[], call) {
      const outcomes = (await base.processBatch?.(records, call)) ?? [];
      for (const [index, { header }] of records.entries())
        if (outcomes[index]?.kind === "delivered") counts[header.id] = (counts[header.id] ?? 0) + 1;
      return outcomes;
    },
    snapshot() {
      pending = { ...counts };
      return new TextEncoder().encode(JSON.stringify(pending));
    },
    committed: () => show(pending),
  };
}

async function answerOf(behaviour: Behaviour, parity: number): Promise<Outcome> {
  switch (behaviour.kind) {
    case "works":
      return delivered();
    case "skips":
      return { kind: "skipped", reason: "the peer does not care" };
    case "hangs":
      return await new Promise<never>(() => undefined);
    case "fails": {
      const { code, half } = behaviour;
      if (half && parity % 2 === 0) return delivered();
      const retryAfterMs = code === "throttled" ? 2000 : undefined;
      return failed(new IntegrationError({ integration: "peer", operation: "deliver", code, message: `scripted ${code}`, retryAfterMs }));
    }
  }
}

function answerKind(outcome: Outcome): ModelAnswer {
  if (outcome.kind !== "failed") return outcome.kind;
  const { code } = outcome.error;
  if (code === "record_invalid") return "refused";
  return code === "unavailable" || code === "timeout" || code === "throttled" || code === "internal" ? "failed" : "nothing";
}
