import assert from "node:assert/strict";
import type { RecordView } from "@tapio/domain";
import type { Outcome } from "@tapio/integration-core";
import type { ContractCase } from "../contract-case.ts";
import type { IntegrationSubject, SubjectKind } from "../integration-subject.ts";
import { sampleCorrelation, sampleEvent, sampleFinding } from "../records/sample-records.ts";
import { awkwardViews } from "../records/awkward-views.ts";
import { sampleViews, sampleView } from "../records/sample-views.ts";
import { deliverableViews } from "./lifecycle-cases.ts";
import { assertFailed, deliver, deliverBatch, deliveryCall, withOpened } from "./opened.ts";

const kinds: readonly (readonly [SubjectKind, () => RecordView])[] = [
  ["event", () => sampleView(sampleEvent())],
  ["finding", () => sampleView(sampleFinding())],
  ["correlation", () => sampleView(sampleCorrelation())],
];

/** What becomes of records while the peer takes everything. */
export function deliveryCases<Config>(subject: IntegrationSubject<Config>): ContractCase[] {
  return [
    ...kinds.map(([kind, make]) => oneOfKind(subject, kind, make)),
    {
      name: "many calls at the same time deliver each record once",
      run: () =>
        withOpened(subject, async ({ integration, received }) => {
          const views = deliverableViews(subject, 20);
          const outcomes = await Promise.all(views.map((view) => deliver(integration, view)));
          assert.deepEqual(
            outcomes.map((outcome) => outcome.kind),
            views.map(() => "delivered"),
          );
          assert.equal(await received(), views.length);
        }),
    },
    {
      name: "a record that comes again with a later attempt is delivered again",
      run: () =>
        withOpened(subject, async ({ integration }) => {
          const [view] = deliverableViews(subject, 1);
          for (const attempt of [1, 2, 3]) {
            assert.equal((await deliver(integration, view, deliveryCall("delivery-1", { attempt }))).kind, "delivered");
          }
        }),
    },
    {
      name: "records with nothing but what is required, and with awkward text everywhere, are delivered",
      run: () =>
        withOpened(subject, async ({ integration, received }) => {
          const views = awkwardViews();
          for (const view of views) assertTaken(subject, view, await deliver(integration, view));
          assert.equal(await received(), views.filter((view) => !isSkipped(subject, view)).length);
        }),
    },
    {
      name: "a call whose signal has aborted before it began is failed with canceled and sends nothing",
      run: () =>
        withOpened(subject, async (opened) => {
          const views = deliverableViews(subject, 3);
          const signal = AbortSignal.abort();
          assertFailed(await deliver(opened.integration, views[0], deliveryCall("d", { signal })), ["canceled"], opened);
          if (opened.integration.processBatch !== undefined) {
            for (const outcome of await deliverBatch(opened.integration, views, signal)) {
              assertFailed(outcome, ["canceled"], opened);
            }
          }
          assert.equal(await opened.received(), 0);
        }),
    },
    ...(subject.create().processBatch === undefined ? [] : batchCases(subject)),
  ];
}

function oneOfKind<Config>(subject: IntegrationSubject<Config>, kind: SubjectKind, make: () => RecordView): ContractCase {
  const skips = subject.skips?.includes(kind) === true;
  return {
    name: skips ? `${article(kind)} is skipped, with a reason` : `${article(kind)} is delivered exactly once`,
    run: () =>
      withOpened(subject, async ({ integration, received }) => {
        assert.equal(await received(), 0);
        const view = make();
        assertTaken(subject, view, await deliver(integration, view));
        assert.equal(await received(), skips ? 0 : 1);
      }),
  };
}

function batchCases<Config>(subject: IntegrationSubject<Config>): ContractCase[] {
  return [
    {
      name: "a batch of mixed kinds has one outcome per record, in their order, and delivers each once",
      run: () =>
        withOpened(subject, async ({ integration, received }) => {
          const views = sampleViews(9);
          const outcomes = await deliverBatch(integration, views);
          views.forEach((view, index) => {
            assertTaken(subject, view, outcomes[index]);
          });
          assert.equal(await received(), views.filter((view) => !isSkipped(subject, view)).length);
        }),
    },
    {
      name: "an empty batch has no outcomes and sends nothing",
      run: () =>
        withOpened(subject, async ({ integration, received }) => {
          assert.deepEqual(await deliverBatch(integration, []), []);
          assert.equal(await received(), 0);
        }),
    },
    {
      name: "a batch of 500 is delivered whole",
      run: () =>
        withOpened(subject, async ({ integration, received }) => {
          const views = deliverableViews(subject, 500);
          const outcomes = await deliverBatch(integration, views);
          assert.equal(outcomes.filter((outcome) => outcome.kind === "delivered").length, 500);
          assert.equal(await received(), 500);
        }),
    },
  ];
}

function assertTaken<Config>(subject: IntegrationSubject<Config>, view: RecordView, outcome: Outcome | undefined): void {
  const what = `${view.header.id}: ${outcome?.kind === "failed" ? outcome.error.message : ""}`;
  assert.equal(outcome?.kind, isSkipped(subject, view) ? "skipped" : "delivered", what);
  if (outcome?.kind === "skipped") assert.notEqual(outcome.reason.trim(), "", "a skip must have a reason");
  if (outcome?.kind === "delivered") assert.equal(outcome.partial, undefined, "the peer took the whole record");
}

function isSkipped<Config>(subject: IntegrationSubject<Config>, view: RecordView): boolean {
  return subject.skips?.some((kind) => view.decoded().kind.case === kind) === true;
}

function article(kind: SubjectKind): string {
  return kind === "event" ? "an event" : `a ${kind}`;
}
