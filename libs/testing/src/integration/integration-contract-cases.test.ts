import assert from "node:assert/strict";
import { delivered, failed, IntegrationError, type Integration } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import type { IntegrationSubject } from "../integration-subject.ts";
import { countingSubject, type CountingIntegration } from "../../test/counting-integration.ts";
import { createReferenceIntegration, referenceSubject, type ReferenceConfig } from "../../test/reference-integration.ts";
import { integrationContractCases } from "./integration-contract-cases.ts";

describe("an integration that skips a kind", () => {
  const skipped = { kind: "skipped", reason: "no findings here" } as const;
  const change = (whole: CountingIntegration): CountingIntegration => ({
    ...whole,
    processFinding: () => Promise.resolve(skipped),
  });
  const cases = integrationContractCases({ ...countingSubject(change), skips: ["finding"] });
  for (const { name, run } of cases) it(name, run);

  it("must have said so", async () => {
    await expect(run(integrationContractCases(countingSubject(change)), "a finding is delivered exactly once")).rejects.toThrow(
      /finding-1/,
    );
  });
});

describe("an integration without batches", () => {
  const create = (): Integration<ReferenceConfig> => {
    const { processBatch: _left, ...oneByOne } = createReferenceIntegration();
    return oneByOne;
  };
  for (const { name, run } of integrationContractCases({ ...referenceSubject, create })) it(name, run);
});

type Break = (whole: Integration<ReferenceConfig>) => Integration<ReferenceConfig>;

const fail = (init: Partial<ConstructorParameters<typeof IntegrationError>[0]>) =>
  Promise.resolve(
    failed(new IntegrationError({ integration: "reference", operation: "POST", code: "unavailable", message: "no", ...init })),
  );

/** Each breaks the contract in one way; the named case must notice. */
const broken: readonly (readonly [how: string, noticedBy: string, change: Break])[] = [
  [
    "throws from process*",
    "an event is delivered exactly once",
    (whole) => ({ ...whole, processEvent: () => Promise.reject(new Error("thrown")) }),
  ],
  [
    "claims a delivery that never happened",
    "a finding is delivered exactly once",
    (whole) => ({ ...whole, processFinding: () => Promise.resolve(delivered()) }),
  ],
  [
    "delivers twice",
    "a correlation is delivered exactly once",
    (whole) => ({
      ...whole,
      processCorrelation: async (correlation, call) => {
        await whole.processCorrelation(correlation, call);
        return await whole.processCorrelation(correlation, call);
      },
    }),
  ],
  [
    "loses an outcome of a batch",
    "a batch of mixed kinds has one outcome per record, in their order, and delivers each once",
    (whole) => ({ ...whole, processBatch: async (records, call) => (await whole.processBatch?.(records, call))?.slice(1) ?? [] }),
  ],
  [
    "calls a refusal transient",
    "a record that the peer refuses is failed with record_invalid, and the next attempt after it recovers is delivered",
    (whole) => ({ ...whole, processEvent: () => fail({}) }),
  ],
  [
    "drops the peer's hint",
    "a record for a peer that throttles is failed with throttled, and the next attempt after it recovers is delivered",
    (whole) => ({ ...whole, processEvent: () => fail({ code: "throttled" }) }),
  ],
  [
    "puts the token into its error",
    "a record for a peer that denies access is failed with access_denied, and the next attempt after it recovers is delivered",
    (whole) => ({ ...whole, processEvent: () => fail({ code: "access_denied", cause: new Error("a-token-to-look-for") }) }),
  ],
  [
    "does not name its integration",
    "a record for a peer that is gone for good is failed with gone, and the next attempt after it recovers is delivered",
    (whole) => ({ ...whole, processEvent: () => fail({ code: "gone", integration: "another" }) }),
  ],
  [
    "calls every abort canceled",
    "a call to a peer that never answers ends as timeout when its signal aborts at the deadline",
    (whole) => ({
      ...whole,
      processEvent: async (event, call) => {
        const outcome = await whole.processEvent(event, call);
        return outcome.kind === "failed" ? await fail({ code: "canceled" }) : outcome;
      },
    }),
  ],
  [
    "stays healthy without a peer",
    "health is unhealthy, says why and does not throw when the peer is down",
    (whole) => ({ ...whole, health: () => Promise.resolve({ healthy: true, message: "", details: {} }) }),
  ],
  [
    "shows the token in its health",
    "health is healthy while the peer lives, and sends it no data",
    (whole) => ({
      ...whole,
      health: () => Promise.resolve({ healthy: true, message: "", details: { token: "a-token-to-look-for" } }),
    }),
  ],
  [
    "probes with data",
    "health is healthy while the peer lives, and sends it no data",
    (whole) => ({
      ...whole,
      health: async (call) => {
        await whole.processEvent({ id: "probe" } as never, { ...call, deliveryId: "probe", attempt: 1 });
        return { healthy: true, message: "", details: {} };
      },
    }),
  ],
  [
    "goes on after close",
    "a process call after close is failed with canceled or internal, and neither throws nor hangs",
    (whole) => ({ ...whole, close: () => Promise.resolve() }),
  ],
  [
    "logs the token",
    "health is healthy while the peer lives, and sends it no data",
    (whole) => ({
      ...whole,
      initialize: (config, context) => {
        context.logger.info({ config }, "opened");
        return whole.initialize(config, context);
      },
    }),
  ],
];

describe("the suite notices an integration that", () => {
  it.each(broken)("%s", async (_how, noticedBy, change) => {
    const subject: IntegrationSubject<ReferenceConfig> = {
      ...referenceSubject,
      create: () => change(createReferenceIntegration()),
    };
    await expect(run(integrationContractCases(subject), noticedBy)).rejects.toThrow();
  });

  it.each<readonly [how: string, noticedBy: string, change: (whole: CountingIntegration) => CountingIntegration]>([
    [
      "shows what is not committed",
      "what is not committed is not shown",
      (whole) => ({ ...whole, shown: () => Number(new TextDecoder().decode(whole.snapshot?.())) }),
    ],
    [
      "forgets what was restored",
      "a new instance continues from the snapshot of the one before",
      (whole) => ({
        ...whole,
        initialize: (config, context) => whole.initialize(config, { ...context, restored: undefined }),
      }),
    ],
    [
      "takes snapshots that differ",
      "a snapshot is the same when taken twice, and owns its bytes",
      (whole) => {
        let turn = 0;
        return { ...whole, snapshot: () => Uint8Array.of((turn += 1)) };
      },
    ],
    [
      "writes into an earlier snapshot",
      "a snapshot is the same when taken twice, and owns its bytes",
      (whole) => {
        const shared = new Uint8Array(1);
        return {
          ...whole,
          snapshot: () => {
            shared[0] = Number(new TextDecoder().decode(whole.snapshot?.()));
            return shared;
          },
        };
      },
    ],
  ])("%s", async (_how, noticedBy, change) => {
    await expect(run(integrationContractCases(countingSubject(change)), noticedBy)).rejects.toThrow();
  });
});

async function run(cases: ReturnType<typeof integrationContractCases>, name: string): Promise<void> {
  const found = cases.find((candidate) => candidate.name === name);
  if (found === undefined) throw new assert.AssertionError({ message: `no case is named: ${name}`, operator: "found" });
  await found.run();
}
