import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { CorrelationSchema } from "@tapio/contracts/domain/v1/correlation";
import { EventSchema } from "@tapio/contracts/domain/v1/event";
import { FindingSchema } from "@tapio/contracts/domain/v1/finding";
import { delivered, failed, IntegrationError, Overloaded, skipped } from "@tapio/integration-core";
import type { DeliveryCall, IntegrationContext, Outcome } from "@tapio/integration-core";
import { createPagerIntegration, type SendPage } from "./pager-integration.ts";

/** The contract's own package is types, two errors and three makers: a few checks of that surface. (`@tapio/testing` builds on this package, hence its type is not imported.) */
export const cases: { readonly name: string; readonly run: () => Promise<void> }[] = [
  {
    name: "an IntegrationError carries everything that the runtime decides by",
    async run() {
      const error = new IntegrationError({
        integration: "pager",
        operation: "page",
        code: "throttled",
        message: "429",
        retryAfterMs: 2000,
      });
      assert.ok(error instanceof Error);
      assert.deepEqual(
        [error.name, error.integration, error.operation, error.code, error.message, error.retryAfterMs],
        ["IntegrationError", "pager", "page", "throttled", "429", 2000],
      );
    },
  },
  {
    name: "outcomes are plain values of three kinds",
    async run() {
      const error = new IntegrationError({ integration: "pager", operation: "page", code: "gone", message: "410" });
      assert.deepEqual(
        [delivered(), delivered({ rejected: 1, message: "old" }), skipped("why"), failed(error)],
        [
          { kind: "delivered" },
          { kind: "delivered", partial: { rejected: 1, message: "old" } },
          { kind: "skipped", reason: "why" },
          { kind: "failed", error },
        ],
      );
    },
  },
  {
    name: "Overloaded says when to come again",
    async run() {
      assert.equal(new Overloaded("full", 500).retryAfterMs, 500);
    },
  },
  {
    name: "the README's integration sends findings, and skips what it has no use for with a reason",
    async run() {
      const sent: string[] = [];
      const pager = await open((url, text) => {
        sent.push(`${url} ${text}`);
        return Promise.resolve({ status: 200 });
      });
      const finding = create(FindingSchema, { id: "f1", title: "checkout leaks memory" });
      assert.deepEqual(await pager.processFinding(finding, call()), { kind: "delivered" });
      assert.equal((await pager.processEvent(create(EventSchema), call())).kind, "skipped");
      assert.equal((await pager.processCorrelation(create(CorrelationSchema), call())).kind, "skipped");
      assert.deepEqual(sent, ["http://pager.test f1: checkout leaks memory"]);
    },
  },
  {
    name: "the README's integration turns statuses, broken connections and aborts into codes",
    async run() {
      const answering =
        (status: number): SendPage =>
        () =>
          Promise.resolve({ status, retryAfterMs: 1000 });
      assert.deepEqual(await codeOf(answering(400)), "record_invalid");
      assert.deepEqual(await codeOf(answering(429)), "throttled");
      assert.deepEqual(await codeOf(answering(503)), "unavailable");
      assert.deepEqual(await codeOf(() => Promise.reject(new Error("ECONNREFUSED"))), "unavailable");
      assert.deepEqual(await codeOf(answering(200), AbortSignal.abort()), "canceled");
      assert.deepEqual(await codeOf(answering(200), AbortSignal.abort(new DOMException("late", "TimeoutError"))), "timeout");
    },
  },
  {
    name: "the README's integration ends calls in flight when it closes",
    async run() {
      const pager = await open(
        (_url, _text, signal) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
      );
      const pending = pager.processFinding(create(FindingSchema), call());
      await pager.close();
      await pager.close();
      assert.equal(codeIn(await pending), "canceled");
      assert.equal((await pager.health({ signal: new AbortController().signal })).healthy, false);
    },
  },
];

async function open(send: SendPage) {
  const pager = createPagerIntegration(send);
  await pager.initialize({ url: "http://pager.test" }, context);
  return pager;
}

async function codeOf(send: SendPage, signal?: AbortSignal): Promise<string | undefined> {
  return codeIn(await (await open(send)).processFinding(create(FindingSchema), call(signal)));
}

function codeIn(outcome: Outcome): string | undefined {
  return outcome.kind === "failed" ? outcome.error.code : undefined;
}

function call(signal: AbortSignal = new AbortController().signal): DeliveryCall {
  return { signal, deliveryId: "d1", attempt: 1 };
}

function nothing(): void {}

/** Ports that do nothing: they also show what an integration is given. */
const context: IntegrationContext = {
  name: "test",
  logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  meter: { counter: () => ({ add: nothing }), gauge: () => ({ set: nothing }), histogram: () => ({ observe: nothing }) },
  tracer: { startSpan: () => ({ set: nothing, setError: nothing, run: (work) => work(), end: nothing }) },
  clock: { now: () => 0, sleep: () => Promise.resolve() },
};
