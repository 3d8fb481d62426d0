import assert from "node:assert/strict";
import { formatProblem, loadConfig, redactedJson } from "@tapio/config";
import { GatewayConfigSchema } from "@tapio/contracts/gateway/v1/config";
import type { ContractCase } from "@tapio/testing";

const surroundings = { file: "tapio.yaml", env: { KEY: "k-123" }, readFile: () => "" };

/** Golden checks of the public surface; they also run against the packed package. */
export const cases: readonly ContractCase[] = [
  {
    name: "a configuration is read with its references, and shown without its secrets",
    run: async () => {
      const text = 'destinations: [{ name: a, otel: { endpoint: http://localhost:4318, headers: { api-key: "${KEY}" } } }]';
      const loaded = loadConfig({ ...surroundings, text });
      assert.ok(loaded.ok);
      assert.deepEqual(redactedJson(GatewayConfigSchema, loaded.config), {
        journal: { sqlite: { path: "./tapio-data" } },
        destinations: [{ name: "a", otel: { endpoint: "http://localhost:4318", headers: { "api-key": "***" } } }],
      });
    },
  },
  {
    name: "every problem is named with its place",
    run: async () => {
      const loaded = loadConfig({ ...surroundings, text: "log: { level: LOUD }\nfoo: 1" });
      assert.ok(!loaded.ok);
      assert.deepEqual(loaded.problems.map(formatProblem), [
        "log.level (tapio.yaml:1:15): must be one of DEBUG, INFO, WARN, ERROR",
        "foo (tapio.yaml:2:1): is not a setting; known are journal, server, destinations, ingest, log, shutdown_deadline, telemetry",
      ]);
    },
  },
];
