import assert from "node:assert/strict";
import type { BatchCall, DeliveryCall, Integration, IntegrationError, Outcome } from "@tapio/integration-core";
import type { RecordView } from "@tapio/domain";
import type { IntegrationPeer, IntegrationSubject } from "../integration-subject.ts";
import { recordingLogger, type RecordingLogger } from "../telemetry/loggers.ts";
import { within } from "../time/within.ts";
import { createIntegrationContext } from "./integration-context.ts";

/** A peer and an integration that is connected to it, for the length of one check. */
export interface Opened<Config> {
  readonly integration: Integration<Config>;
  readonly peer: IntegrationPeer<Config>;
  readonly logger: RecordingLogger;
  /** Commits what the integration counted, where it has state, and asks the peer. */
  received(): Promise<number>;
}

/** Starts a peer, opens an integration on it, runs the check, closes both, and looks for secrets in the log. */
export async function withOpened<Config>(
  subject: IntegrationSubject<Config>,
  run: (opened: Opened<Config>) => Promise<void>,
): Promise<void> {
  await withPeer(subject, async (peer) => {
    const integration = subject.create();
    const logger = recordingLogger();
    try {
      await within(integration.initialize(peer.config, createIntegrationContext({ logger })), "initialize");
      await run({ integration, peer, logger, received: () => receivedCount(integration, peer) });
    } finally {
      await within(integration.close(), "close");
    }
    for (const entry of logger.entries) {
      assertNoSecret(peer, `${entry.message} ${JSON.stringify(entry.fields, errorsAsText)}`, "the log");
    }
  });
}

/** Starts a peer for the length of one check. */
export async function withPeer<Config>(
  subject: IntegrationSubject<Config>,
  run: (peer: IntegrationPeer<Config>) => Promise<void>,
): Promise<void> {
  const peer = await within(subject.startPeer(), "startPeer");
  try {
    await run(peer);
  } finally {
    await within(peer.close(), "the peer's close");
  }
}

/** Commits the integration's state, where it has any, and asks the peer what it took. */
export async function receivedCount<Config>(integration: Integration<Config>, peer: IntegrationPeer<Config>): Promise<number> {
  integration.snapshot?.();
  integration.committed?.();
  return await within(peer.receivedCount(), "receivedCount");
}

/** A call for one record; never aborts unless a signal is given. */
export function deliveryCall(deliveryId: string, options: { signal?: AbortSignal; attempt?: number } = {}): DeliveryCall {
  return { signal: options.signal ?? new AbortController().signal, deliveryId, attempt: options.attempt ?? 1 };
}

/** A call for these records, each at its first attempt. */
export function batchCall(records: readonly RecordView[], signal?: AbortSignal): BatchCall {
  return {
    signal: signal ?? new AbortController().signal,
    deliveries: records.map(({ header }) => ({ deliveryId: `delivery-${header.id}`, attempt: 1 })),
  };
}

/** Hands a view to the member for its kind, as a runtime without batches would. A throw fails the check. */
export async function deliver<Config>(
  integration: Integration<Config>,
  view: RecordView,
  call: DeliveryCall = deliveryCall(`delivery-${view.header.id}`),
): Promise<Outcome> {
  const { kind } = view.decoded();
  try {
    switch (kind.case) {
      case "event":
        return await within(integration.processEvent(kind.value, call), "processEvent");
      case "finding":
        return await within(integration.processFinding(kind.value, call), "processFinding");
      case "correlation":
        return await within(integration.processCorrelation(kind.value, call), "processCorrelation");
      case undefined:
        throw new Error("the suite made a record without a kind");
    }
  } catch (reason) {
    throw new Error(`process* must answer with an outcome and not throw: ${String(reason)}`, { cause: reason });
  }
}

/** Hands a batch over. A throw fails the check, and so does a wrong number of outcomes. */
export async function deliverBatch<Config>(
  integration: Integration<Config>,
  views: readonly RecordView[],
  signal?: AbortSignal,
): Promise<readonly Outcome[]> {
  assert.ok(integration.processBatch !== undefined, "the suite asked for a batch of an integration without processBatch");
  const outcomes = await within(integration.processBatch(views, batchCall(views, signal)), "processBatch");
  assert.equal(outcomes.length, views.length, "processBatch must give one outcome per record");
  return outcomes;
}

/** The outcome is a failure with one of these codes, whose error says where it comes from and leaks nothing. */
export function assertFailed<Config>(
  outcome: Outcome,
  codes: readonly IntegrationError["code"][],
  opened: Pick<Opened<Config>, "integration" | "peer">,
): IntegrationError {
  assert.equal(outcome.kind, "failed", `expected failed(${codes.join(" or ")}), got ${outcome.kind}`);
  assert.ok(outcome.kind === "failed");
  const { error } = outcome;
  assert.ok(codes.includes(error.code), `expected ${codes.join(" or ")}, got ${error.code}: ${error.message}`);
  assert.equal(error.name, "IntegrationError");
  assert.equal(error.integration, opened.integration.name, "the error must name its integration");
  assert.notEqual(error.operation.trim(), "", "the error must say what was being done");
  assert.notEqual(error.message.trim(), "", "the error must say what went wrong");
  assertNoSecret(opened.peer, errorText(error), "the error");
  return error;
}

/** None of the config's secrets stands in `text`. */
export function assertNoSecret<Config>(peer: IntegrationPeer<Config>, text: string, where: string): void {
  for (const secret of peer.secrets ?? []) {
    assert.ok(!text.includes(secret), `${where} shows a secret of the config`);
  }
}

/** Everything that a log would print of an error: its own fields and those of its causes. */
function errorText(reason: unknown, depth = 0): string {
  if (!(reason instanceof Error) || depth > 5) return String(reason);
  const own = JSON.stringify({ ...reason, cause: undefined }, errorsAsText);
  return [reason.message, reason.stack ?? "", own, errorText(reason.cause, depth + 1)].join("\n");
}

function errorsAsText(_key: string, value: unknown): unknown {
  if (value instanceof Error) return errorText(value, 4);
  return typeof value === "bigint" ? String(value) : value;
}
