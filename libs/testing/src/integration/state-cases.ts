import assert from "node:assert/strict";
import type { Integration } from "@tapio/integration-core";
import type { RecordView } from "@tapio/domain";
import type { ContractCase } from "../contract-case.ts";
import type { IntegrationPeer, IntegrationSubject } from "../integration-subject.ts";
import { createIntegrationContext } from "./integration-context.ts";
import { deliverableViews } from "./lifecycle-cases.ts";
import { deliver, deliverBatch, receivedCount, withPeer } from "./opened.ts";

/** For integrations with `snapshot`: state that survives a restart. */
export function stateCases<Config>(subject: IntegrationSubject<Config>): ContractCase[] {
  if (subject.create().snapshot === undefined) return [];
  return [...snapshotCases(subject), ...committedCases(subject)];
}

function snapshotCases<Config>(subject: IntegrationSubject<Config>): ContractCase[] {
  return [
    {
      name: "a snapshot is the same when taken twice, and owns its bytes",
      run: () =>
        withPeer(subject, async (peer) => {
          await withInstance(subject, peer, undefined, async (integration) => {
            await process(integration, deliverableViews(subject, 5));
            const first = takeSnapshot(integration);
            const kept = Uint8Array.from(first);
            assert.deepEqual(takeSnapshot(integration), kept);
            await process(integration, deliverableViews(subject, 1));
            takeSnapshot(integration);
            assert.deepEqual(Uint8Array.from(first), kept, "a later snapshot must not write into an earlier one");
          });
        }),
    },
    {
      name: "a new instance continues from the snapshot of the one before",
      run: () =>
        withPeer(subject, async (peer) => {
          const early = deliverableViews(subject, 7);
          const late = deliverableViews(subject, 4);
          let committed: Uint8Array | undefined;
          let whole: Uint8Array | undefined;
          await withInstance(subject, peer, undefined, async (integration) => {
            await process(integration, early);
            committed = Uint8Array.from(takeSnapshot(integration));
            integration.committed?.();
            await process(integration, late);
            whole = Uint8Array.from(takeSnapshot(integration));
          });
          await withInstance(subject, peer, committed, async (integration) => {
            assert.deepEqual(Uint8Array.from(takeSnapshot(integration)), committed);
            assert.equal(await receivedCount(integration, peer), early.length);
            await process(integration, late);
            assert.deepEqual(Uint8Array.from(takeSnapshot(integration)), whole);
            assert.equal(await receivedCount(integration, peer), early.length + late.length);
          });
        }),
    },
  ];
}

function committedCases<Config>(subject: IntegrationSubject<Config>): ContractCase[] {
  return [
    {
      name: "what is not committed is not shown",
      run: () =>
        withPeer(subject, async (peer) => {
          await withInstance(subject, peer, undefined, async (integration) => {
            await process(integration, deliverableViews(subject, 2));
            assert.equal(await receivedCount(integration, peer), 2);
            await process(integration, deliverableViews(subject, 3));
            takeSnapshot(integration);
            assert.equal(await peer.receivedCount(), 2, "the second snapshot is not committed yet");
            await process(integration, deliverableViews(subject, 1));
            integration.committed?.();
            assert.equal(await peer.receivedCount(), 5, "only what the committed snapshot holds may be shown");
          });
        }),
    },
    {
      name: "committed may be called at any time, also without anything new and after close",
      run: () =>
        withPeer(subject, async (peer) => {
          await withInstance(subject, peer, undefined, async (integration) => {
            integration.committed?.();
            takeSnapshot(integration);
            integration.committed?.();
            integration.committed?.();
            await integration.close();
            integration.committed?.();
          });
        }),
    },
  ];
}

function takeSnapshot<Config>(integration: Integration<Config>): Uint8Array {
  const bytes = integration.snapshot?.();
  assert.ok(bytes instanceof Uint8Array, "snapshot must give bytes");
  return bytes;
}

async function process<Config>(integration: Integration<Config>, views: readonly RecordView[]): Promise<void> {
  const outcomes =
    integration.processBatch === undefined
      ? await Promise.all(views.map((view) => deliver(integration, view)))
      : await deliverBatch(integration, views);
  for (const outcome of outcomes) assert.equal(outcome.kind, "delivered");
}

async function withInstance<Config>(
  subject: IntegrationSubject<Config>,
  peer: IntegrationPeer<Config>,
  restored: Uint8Array | undefined,
  run: (integration: Integration<Config>) => Promise<void>,
): Promise<void> {
  const integration = subject.create();
  try {
    await integration.initialize(peer.config, createIntegrationContext({ restored }));
    await run(integration);
  } finally {
    await integration.close();
  }
}
