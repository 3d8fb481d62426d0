import assert from "node:assert/strict";
import { createAdmission, createOccurrencesEndpoint } from "@tapio/ingest";
import { createFakeClock, noopMeter, type ContractCase } from "@tapio/testing";

/** Golden checks of the public surface; they also run against the packed package. */
export const cases: readonly ContractCase[] = [
  {
    name: "an occurrence goes through the endpoint and admission into the journal, under its own id",
    run: async () => {
      const ids: string[] = [];
      const clock = createFakeClock();
      const sink = createAdmission({
        clock,
        meter: noopMeter,
        journal: {
          append: async (group) => {
            ids.push(...group.map(({ id }) => id));
            return group.map((_, index) => ({ sequence: index + 1, duplicate: false }));
          },
        },
      });
      const endpoint = createOccurrencesEndpoint({ sink, clock, batchRecordsMax: 10 });
      const body = '[{"id":"01K9","timestamp":"2026-11-01T12:00:01Z","type":"kernel.node.cpu_stall","severity":"warning"}]';
      const response = await endpoint.handle({
        url: "/v1/occurrences",
        headers: {},
        body: new TextEncoder().encode(body),
        peerAddress: "127.0.0.1",
        hangup: { signal: new AbortController().signal },
      });
      assert.equal(response.status, 200);
      assert.deepEqual(ids, ["01K9"]);
    },
  },
];
