import { OnFull, Ordering } from "@tapio/contracts/gateway/v1/config";
import { describe, expect, it } from "vitest";
import { loaded, problems } from "./testdata/load.ts";

describe("what a destination does with what it takes", () => {
  const destination = (settings: string, integration = "otel: { endpoint: http://x }"): string =>
    `destinations:\n  - name: a\n    ${integration}\n    ${settings}`;

  it("takes orders, backlogs, schedules and windows", () => {
    const [config] = loaded(
      destination(`ordering: key
    ordering_key: event.labels["tenant"]
    max_backlog: { bytes: 10GiB, age: 24h }
    on_full: detach
    retry: { schedule: [5s, 5m, 2h], max_attempts: 4 }
    window: { max_in_flight_bytes: 64MiB, linger: 50ms, max_concurrent_attempts: 8, max_records_per_second: 500, max_waiting_records: 1000, max_parked_records: 100 }`),
    ).destinations;
    expect(config).toMatchObject({
      ordering: Ordering.KEY,
      orderingKey: 'event.labels["tenant"]',
      maxBacklog: { bytes: 10_737_418_240n, age: { seconds: 86_400n } },
      onFull: OnFull.DETACH,
      retry: { schedule: [{ seconds: 5n }, { seconds: 300n }, { seconds: 7_200n }], maxAttempts: 4 },
      window: { maxInFlightBytes: 67_108_864n, linger: { nanos: 50_000_000 }, maxConcurrentAttempts: 8, maxRecordsPerSecond: 500 },
    });
  });

  it.each<[string, string, string[]]>([
    [
      "a key without an order",
      "ordering_key: event.id",
      ["destinations[0].ordering_key (tapio.yaml:4:19): needs ordering: key beside it, or has no effect"],
    ],
    [
      "an order that is none, once",
      "ordering: keys\n    ordering_key: event.id\n    window: { max_parked_records: 7 }",
      ["destinations[0].ordering (tapio.yaml:4:15): must be one of NONE, KEY"],
    ],
    [
      "a key that does not compile",
      "ordering: key\n    ordering_key: evnt.id",
      [expect.stringMatching(/^destinations\[0\]\.ordering_key \(tapio\.yaml:5:19\): there is no variable "evnt"/) as string],
    ],
    [
      "a key that is a list",
      "ordering: key\n    ordering_key: event.resources",
      ["destinations[0].ordering_key (tapio.yaml:5:19): the expression gives no text, number, true or false, and so no key"],
    ],
    [
      "parked records where nothing parks",
      "window: { max_parked_records: 7 }",
      ["destinations[0].window.max_parked_records (tapio.yaml:4:35): needs ordering: key: nothing else parks"],
    ],
    [
      "a schedule beside the delays that it stands for",
      "retry: { schedule: [5s], initial_delay: 1s, max_delay: 1m, multiplier: 3 }",
      [
        "destinations[0].retry.initial_delay (tapio.yaml:4:45): cannot be set beside schedule, which says each delay itself",
        "destinations[0].retry.max_delay (tapio.yaml:4:60): cannot be set beside schedule, which says each delay itself",
        "destinations[0].retry.multiplier (tapio.yaml:4:76): cannot be set beside schedule, which says each delay itself",
      ],
    ],
    [
      "a delay of none in a schedule",
      "retry: { schedule: [5s, 0s] }",
      [expect.stringMatching(/^destinations\[0\]\.retry\.schedule\[1\] \(tapio\.yaml:4:29\): /) as string],
    ],
    [
      "a backlog without a bound",
      "max_backlog: {}",
      ["destinations[0].max_backlog (tapio.yaml:4:18): needs bytes, age or both, e.g. {bytes: 10GiB, age: 24h}"],
    ],
    [
      "a backlog of no number of bytes, once",
      "max_backlog: { bytes: lots }\n    on_full: refuse",
      ["destinations[0].max_backlog.bytes (tapio.yaml:4:27): must be a number of bytes such as 4096 or 64MiB, not this text"],
    ],
    [
      "what to do when it is full, without a bound",
      "on_full: detach",
      ["destinations[0].on_full (tapio.yaml:4:14): needs max_backlog: without it nothing is ever full"],
    ],
    [
      "a window that is too large",
      "window: { max_in_flight_bytes: 2GiB, linger: 2m }",
      [
        expect.stringMatching(/^destinations\[0\]\.window\.max_in_flight_bytes \(tapio\.yaml:4:36\): /) as string,
        expect.stringMatching(/^destinations\[0\]\.window\.linger \(tapio\.yaml:4:50\): /) as string,
      ],
    ],
  ])("refuses %s", (_, settings, expected) => {
    expect(problems(destination(settings))).toEqual(expected);
  });

  it("refuses for counters what is only for records that are delivered one by one", () => {
    const settings = `ordering: key\n    retry: { schedule: [5s] }\n    window: { max_concurrent_attempts: 2, max_waiting_records: 5, linger: 1s }`;
    const why = "has no effect on prometheus, which applies records in their order, one batch at a time: leave it out";
    expect(problems(destination(settings, "prometheus: {}"))).toEqual([
      `destinations[0].ordering (tapio.yaml:4:15): ${why}`,
      `destinations[0].retry.schedule (tapio.yaml:5:24): ${why}`,
      `destinations[0].window.max_concurrent_attempts (tapio.yaml:6:40): ${why}`,
      `destinations[0].window.max_waiting_records (tapio.yaml:6:64): ${why}`,
      `destinations[0].window.linger (tapio.yaml:6:75): ${why}`,
    ]);
  });
});

describe("journal and telemetry", () => {
  it("take their bounds", () => {
    const config = loaded(`journal:
  sqlite: { path: /data, min_free_bytes: 1GiB, max_file_bytes: 100GiB }
  retention: { max_bytes: 50GiB, max_age: 7d }
ingest: { dedupe_age: 24h }
telemetry: { traces: { endpoint: "http://localhost:4318", headers: { authorization: x }, sample_ratio: 0.5 } }
`);
    expect(config.journal).toMatchObject({
      driver: { value: { path: "/data", minFreeBytes: 1_073_741_824n, maxFileBytes: 107_374_182_400n } },
      retention: { maxBytes: 53_687_091_200n, maxAge: { seconds: 604_800n } },
    });
    expect(config.ingest?.dedupeAge?.seconds).toBe(86_400n);
    expect(config.telemetry?.traces).toMatchObject({ endpoint: "http://localhost:4318", sampleRatio: 0.5 });
  });

  it("refuse a file in which nothing that destinations hold has room", () => {
    const text = "journal: { sqlite: { path: /data, max_file_bytes: 1MiB } }\n";
    expect(problems(text)).toEqual([
      "journal.sqlite.max_file_bytes (tapio.yaml:1:51): must be at least 4MiB: what destinations hold while nothing is accepted needs room, too",
    ]);
  });

  it("leave the endpoint of the traces to the environment when only the rest is set", () => {
    expect(loaded("telemetry: { traces: { sample_ratio: 1 } }").telemetry?.traces).toMatchObject({ endpoint: "", sampleRatio: 1 });
  });

  it.each<[string, string]>([
    ["journal: { memory: {}, retention: { max_age: 0s } }", "journal.retention.max_age (tapio.yaml:1:46): "],
    [
      "journal: { memory: {} }\ningest: { dedupe_age: 1h }",
      "ingest.dedupe_age (tapio.yaml:2:23): has no effect beside journal.memory, which recognises ids by dedupe_records alone: leave it out",
    ],
    ["ingest: { dedupe_age: 0s }", "ingest.dedupe_age (tapio.yaml:1:23): "],
    [
      "telemetry: { traces: { endpoint: localhost:4318 } }",
      "telemetry.traces.endpoint (tapio.yaml:1:34): must be an http:// or https:// URL",
    ],
    ["telemetry: { traces: { sample_ratio: 1.5 } }", "telemetry.traces.sample_ratio (tapio.yaml:1:38): "],
  ])("refuse %s", (text, problem) => {
    expect(problems(text)).toEqual([expect.stringContaining(problem)]);
  });
});
