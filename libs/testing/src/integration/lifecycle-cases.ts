import assert from "node:assert/strict";
import type { ContractCase } from "../contract-case.ts";
import type { IntegrationSubject } from "../integration-subject.ts";
import { sampleViews } from "../records/sample-views.ts";
import { within } from "../time/within.ts";
import { createIntegrationContext } from "./integration-context.ts";
import { assertFailed, deliver, deliverBatch, deliveryCall, receivedCount, withOpened, withPeer } from "./opened.ts";

/** Name, opening and closing. */
export function lifecycleCases<Config>(subject: IntegrationSubject<Config>): ContractCase[] {
  const cases = [...identityCases(subject), ...closingCases(subject)];
  if (subject.modes.includes("hang")) cases.push(closeDuringHang(subject));
  return cases;
}

function identityCases<Config>(subject: IntegrationSubject<Config>): ContractCase[] {
  return [
    {
      name: "the name is a lower-case word, the same for every instance and in every state",
      run: async () => {
        const { name } = subject.create();
        assert.match(name, /^[a-z][a-z0-9_-]*$/);
        assert.equal(subject.create().name, name);
        await withOpened(subject, async ({ integration }) => {
          assert.equal(integration.name, name);
          await integration.close();
          assert.equal(integration.name, name);
        });
      },
    },
    {
      name: "close may come before initialize, and twice",
      run: async () => {
        const integration = subject.create();
        await within(integration.close(), "the first close");
        await within(integration.close(), "the second close");
      },
    },
    {
      name: "close may come twice after initialize, and twice at the same time",
      run: () =>
        withOpened(subject, async ({ integration }) => {
          await within(Promise.all([integration.close(), integration.close()]), "two closes at the same time");
          await within(integration.close(), "a late close");
        }),
    },
  ];
}

function closingCases<Config>(subject: IntegrationSubject<Config>): ContractCase[] {
  return [
    {
      name: "closing one destination leaves another of the same integration alone",
      run: () =>
        withPeer(subject, async (peer) => {
          const other = subject.create();
          const integration = subject.create();
          await other.initialize(peer.config, createIntegrationContext({ name: "other" }));
          await integration.initialize(peer.config, createIntegrationContext({ name: "kept" }));
          try {
            await within(other.close(), "the other's close");
            const [view] = deliverableViews(subject, 1);
            assert.equal((await deliver(integration, view)).kind, "delivered");
            assert.equal(await receivedCount(integration, peer), 1);
          } finally {
            await within(Promise.all([integration.close(), other.close()]), "close");
          }
        }),
    },
    {
      name: "a process call after close is failed with canceled or internal, and neither throws nor hangs",
      run: () =>
        withOpened(subject, async (opened) => {
          const { integration } = opened;
          await within(integration.close(), "close");
          const views = deliverableViews(subject, 3);
          for (const view of views) assertFailed(await deliver(integration, view), ["canceled", "internal"], opened);
          if (integration.processBatch === undefined) return;
          for (const outcome of await deliverBatch(integration, views)) {
            assertFailed(outcome, ["canceled", "internal"], opened);
          }
        }),
    },
    {
      name: "close during calls to a peer that answers ends them as delivered or canceled",
      run: () =>
        withOpened(subject, async (opened) => {
          const { integration } = opened;
          const inFlight = deliverableViews(subject, 8).map((view) => deliver(integration, view));
          await within(integration.close(), "close during calls");
          for (const outcome of await Promise.all(inFlight)) {
            if (outcome.kind !== "delivered") assertFailed(outcome, ["canceled"], opened);
          }
        }),
    },
  ];
}

function closeDuringHang<Config>(subject: IntegrationSubject<Config>): ContractCase {
  return {
    name: "close during calls to a peer that never answers ends them as canceled",
    run: () =>
      withOpened(subject, async (opened) => {
        const { integration, peer } = opened;
        peer.behave("hang");
        const views = deliverableViews(subject, 3);
        const [first] = views;
        const single = deliver(integration, first, deliveryCall("delivery-hanging"));
        const batch = integration.processBatch === undefined ? undefined : deliverBatch(integration, views);
        await new Promise((resolve) => setTimeout(resolve, 100));
        await within(integration.close(), "close during calls");
        assertFailed(await single, ["canceled"], opened);
        for (const outcome of (await batch) ?? []) assertFailed(outcome, ["canceled"], opened);
      }),
  };
}

/** `count` sample views of kinds that the integration does not skip. */
export function deliverableViews<Config>(
  subject: IntegrationSubject<Config>,
  count: number,
): [ReturnType<typeof sampleViews>[number], ...ReturnType<typeof sampleViews>] {
  const skips = subject.skips ?? [];
  const [first, ...rest] = sampleViews(count * 3)
    .filter((view) => !skips.some((kind) => view.decoded().kind.case === kind))
    .slice(0, count);
  assert.ok(first !== undefined, "an integration must take at least one kind of record");
  return [first, ...rest];
}
