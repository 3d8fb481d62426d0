import { loadConfig } from "@tapio/config";
import type { GatewayConfig } from "@tapio/contracts/gateway/v1/config";
import { describe, expect, it } from "vitest";
import { needsRestart } from "./config-changes.ts";

function configOf(text: string): GatewayConfig {
  const loaded = loadConfig({ text, file: "test.yaml", env: {}, readFile: () => "" });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

describe("RLD-5: a change that needs a restart", () => {
  it.each<[string, string, string, string[]]>([
    ["nothing", "log: {}", "log: {}", []],
    ["what applies at once: the log", "", "log: { level: DEBUG }", []],
    ["what applies at once: destinations", "", "destinations: [{ name: a, prometheus: {} }]", []],
    ["what applies at once: the deadline", "", "shutdown_deadline: 1s", []],
    [
      "what applies at once: retention",
      "journal: { memory: {} }",
      "journal: { memory: {}, retention: { max_age: 1h, max_bytes: 5GiB } }",
      [],
    ],
    [
      "a bound",
      "ingest: { max_record_bytes: 1MiB }",
      "ingest: { max_record_bytes: 2MiB, dedupe_age: 1h }",
      ["ingest.max_record_bytes", "ingest.dedupe_age"],
    ],
    ["a group that was not there", "", "telemetry: { traces: { endpoint: http://x } }", ["telemetry"]],
    ["a group that is gone", "ingest: { dedupe_records: 5 }", "", ["ingest"]],
    ["a journal's path", "journal: { sqlite: { path: a } }", "journal: { sqlite: { path: b } }", ["journal.sqlite.path"]],
    ["a journal's driver", "journal: { sqlite: { path: a } }", "journal: { memory: {} }", ["journal.sqlite", "journal.memory"]],
    [
      "a token of a listener, without its value",
      'server: { listeners: [{ address: "127.0.0.1:1", auth: { tokens: ["0123456789abcdef"] } }] }',
      'server: { listeners: [{ address: "127.0.0.1:1", auth: { tokens: ["0123456789abcdeg"] } }] }',
      ["server.listeners"],
    ],
    [
      "a header of the traces, without its value",
      "telemetry: { traces: { endpoint: http://x, headers: { a: b } } }",
      "telemetry: { traces: { endpoint: http://x, headers: { a: c } } }",
      ["telemetry.traces.headers"],
    ],
    ["a duration", "ingest: { request_timeout: 1s }", "ingest: { request_timeout: 2s }", ["ingest.request_timeout"]],
  ])("is named: %s", (_, before, after, expected) => {
    expect(needsRestart(configOf(before), configOf(after))).toEqual(expected);
  });
});
