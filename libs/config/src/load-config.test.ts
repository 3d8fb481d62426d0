import { durationMs } from "@bufbuild/protobuf/wkt";
import { RecordKind } from "@tapio/contracts/domain/v1/record";
import { Severity } from "@tapio/contracts/domain/v1/types";
import { describe, expect, it } from "vitest";
import { defaultConfigYaml } from "./load-config.ts";
import { loaded, problems } from "./testdata/load.ts";

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

describe("a configuration", () => {
  it("reads the example of the design", () => {
    const config = loaded(
      `journal: { sqlite: { path: ./tapio-data } }
destinations:
  - name: traces
    filter: { kinds: [EVENT, CORRELATION], min_severity: WARNING }
    otel: { endpoint: http://localhost:4318 }
  - name: metrics
    prometheus: {}
  - name: oncall
    webhooks: { url: https://example.com/hook, secret: "\${HOOK_SECRET}" }
`,
      { env: { HOOK_SECRET: secret } },
    );
    expect(config.destinations).toMatchObject([
      {
        name: "traces",
        filter: { kinds: [RecordKind.EVENT, RecordKind.CORRELATION], minSeverity: Severity.WARNING },
        integration: { case: "otel", value: { endpoint: "http://localhost:4318" } },
      },
      { name: "metrics", integration: { case: "prometheus" } },
      { name: "oncall", integration: { case: "webhooks", value: { secret } } },
    ]);
  });

  it("is right when it is the built-in one, and when it is empty", () => {
    expect(loaded(defaultConfigYaml).destinations).toMatchObject([{ name: "metrics" }]);
    expect(loaded("").journal).toMatchObject({ driver: { case: "sqlite", value: { path: "./tapio-data" } } });
  });

  it("takes durations, byte sizes, times, short starts, full enum names and numbers from references", () => {
    const config = loaded(
      `shutdown_deadline: 10m30s
ingest: { max_record_bytes: 64MiB, max_batch_records: "\${N}", request_timeout: 1.5s }
log: { level: LOG_LEVEL_DEBUG }
destinations:
  - { name: a, start: beginning, retry: { multiplier: 1.5 }, prometheus: }
  - { name: b, start: { time: 2026-11-01T12:00:00.5Z }, prometheus: { prefix: other } }
`,
      { env: { N: "77" } },
    );
    expect(config.shutdownDeadline === undefined ? 0 : durationMs(config.shutdownDeadline)).toBe(630_000);
    expect(config.ingest).toMatchObject({
      maxRecordBytes: 67_108_864n,
      maxBatchRecords: 77,
      requestTimeout: { seconds: 1n, nanos: 500_000_000 },
    });
    expect(config.destinations[0]).toMatchObject({ start: { at: { case: "beginning" } }, retry: { multiplier: 1.5 } });
    expect(config.destinations[1]).toMatchObject({ start: { at: { case: "time", value: { nanos: 500_000_000 } } } });
  });

  it("takes secrets from files beside it, without the line break at the end", () => {
    const config = loaded(`destinations: [{ name: a, webhooks: { url: https://x.test, secret: "file:hook.secret" } }]`, {
      readFile: (path) => (path === "hook.secret" ? `${secret}\n` : ""),
    });
    expect(config.destinations).toMatchObject([{ integration: { value: { secret } } }]);
  });

  it("may use anchors and aliases", () => {
    expect(
      loaded(
        `destinations:\n  - { name: a, filter: &f { types: [kernel.**] }, prometheus: {} }\n  - { name: b, filter: *f, prometheus: { prefix: o } }\n`,
      ).destinations[1]?.filter?.types,
    ).toEqual(["kernel.**"]);
  });
});

describe("a problem", () => {
  it.each<[string, string, string[]]>([
    ["an unknown key", "destinatons: []", ["destinatons (tapio.yaml:1:1): is not a setting; did you mean destinations?"]],
    ["an unknown key that resembles none", "log:\n  colour: red", ["log.colour (tapio.yaml:2:3): is not a setting; known are level"]],
    ["YAML that is none", "a: [", ["tapio.yaml:1:5: Flow sequence in block collection must be sufficiently indented and end with a ]"]],
    ["two YAML documents", "log: {}\n---\nlog: {}", ["tapio.yaml:2:1: one YAML document is expected: a second one begins here"]],
    ["a key that is a list", "? [a]\n: 1", ["tapio.yaml:1:3: a key must be text"]],
    ["a key that stands twice", "log: {}\nlog: {}", ["tapio.yaml:2:1: this key stands twice in one map: keep one of them"]],
    [
      "two destinations with one name",
      "destinations:\n  - { name: a, prometheus: {} }\n  - { name: a, prometheus: { prefix: x } }",
      ['destinations[1].name (tapio.yaml:3:13): "a" is taken by destinations[0]: names are unique'],
    ],
    [
      "two prometheus destinations with the same metric names",
      "destinations:\n  - { name: a, prometheus: {} }\n  - { name: b, prometheus: {} }",
      ['destinations[1].prometheus (tapio.yaml:3:28): has the metric names of destinations[0] ("tapio_..."): give it a prefix of its own'],
    ],
    [
      "a missing secret",
      "destinations:\n  - name: a\n    webhooks: { url: https://x.test }",
      ['destinations[0].webhooks.secret (tapio.yaml:3:15): must be "whsec_" followed by the base64 of 24 to 64 random bytes'],
    ],
    [
      "an environment variable that is not set, once and not again as a missing value",
      'destinations:\n  - name: a\n    webhooks: { url: https://x.test, secret: "${HOOK}" }',
      ["destinations[0].webhooks.secret (tapio.yaml:3:46): the environment variable HOOK is not set"],
    ],
    [
      "a webhook over plain http",
      `destinations:\n  - name: a\n    webhooks: { url: http://x.test, secret: ${secret} }`,
      ["destinations[0].webhooks (tapio.yaml:3:15): url must be an https:// URL; use dangerously_allow_http for a test receiver"],
    ],
    [
      "a webhook to this machine that is not named",
      `destinations:\n  - name: a\n    webhooks: { url: http://127.0.0.1:9000, secret: ${secret} }`,
      ["destinations[0].webhooks (tapio.yaml:3:15): url is on this machine: name its range in allowed_cidrs, e.g. [127.0.0.0/8]"],
    ],
    [
      "no integration",
      "destinations:\n  - name: a",
      ["destinations[0].integration (tapio.yaml:2:5): needs one of otel, prometheus, grpc, webhooks"],
    ],
    [
      "two integrations in one destination",
      "destinations:\n  - name: a\n    prometheus: {}\n    otel: { endpoint: http://x }",
      ["destinations[0].otel (tapio.yaml:4:5): cannot be set beside prometheus: choose one"],
    ],
    [
      "a severity that is none",
      "destinations: [{ name: a, filter: { min_severity: LOUD }, prometheus: {} }]",
      ["destinations[0].filter.min_severity (tapio.yaml:1:51): must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL"],
    ],
    [
      "a filter expression that does not compile",
      "destinations: [{ name: a, filter: { expression: 'evnt.id ==' }, prometheus: {} }]",
      [expect.stringMatching(/^destinations\[0\]\.filter\.expression \(tapio\.yaml:1:49\): /) as string],
    ],
    [
      "a duration without unit",
      "shutdown_deadline: 20",
      ["shutdown_deadline (tapio.yaml:1:20): must be a duration with its unit, e.g. 500ms, 30s, 5m, 1h30m"],
    ],
    [
      "a time that is none",
      "destinations: [{ name: a, start: { time: noon }, prometheus: {} }]",
      ["destinations[0].start.time (tapio.yaml:1:42): must be a time in RFC 3339, e.g. 2026-11-01T12:00:00Z"],
    ],
    [
      "a number of bytes that is none",
      "ingest: { max_record_bytes: much }",
      ["ingest.max_record_bytes (tapio.yaml:1:29): must be a number of bytes such as 4096 or 64MiB, not this text"],
    ],
    ["text where a map belongs", "log: loud", ["log (tapio.yaml:1:6): must be a map with level"]],
    ["a map where a list belongs", "destinations: {}", ["destinations (tapio.yaml:1:15): must be a list"]],
    [
      "a list where a value belongs",
      "destinations: [{ name: [a], prometheus: {} }]",
      ["destinations[0].name (tapio.yaml:1:24): must be a single value"],
    ],
    [
      "a list where a map belongs",
      "destinations: [{ name: a, otel: { endpoint: http://x, headers: [] } }]",
      ["destinations[0].otel.headers (tapio.yaml:1:64): must be a map"],
    ],
    [
      "an open listener on every address",
      "server: { listeners: [{ address: 0.0.0.0:8080 }] }",
      [
        expect.stringMatching(
          /^server\.listeners\[0\] \(tapio\.yaml:1:23\): a listener on an address other than loopback needs auth /,
        ) as string,
      ],
    ],
    [
      "a port that does not exist",
      "server: { listeners: [{ address: 127.0.0.1:99999 }] }",
      ["server.listeners[0].address (tapio.yaml:1:34): port 99999 does not exist: the largest is 65535"],
    ],
  ])("with %s is named with its place", (_name, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it("comes with all the others, in the order of the file", () => {
    expect(problems("log: { level: LOUD }\ningest: { max_batch_records: many }\nfoo: 1")).toEqual([
      "log.level (tapio.yaml:1:15): must be one of DEBUG, INFO, WARN, ERROR",
      "ingest.max_batch_records (tapio.yaml:2:30): must be a whole number, not this text",
      expect.stringMatching(/^foo \(tapio\.yaml:3:1\): is not a setting; /) as string,
    ]);
  });

  it("is one problem, not two, when a rule over several fields only repeats it", () => {
    const badAddress = ["server.listeners[0].address (tapio.yaml:1:34): must be host:port, e.g. 127.0.0.1:8080 or [::]:8443"];
    expect(problems('server: { listeners: [{ address: "8080" }] }')).toEqual(badAddress);
    expect(problems("server: { listeners: [{ address: 0.0.0.0 }] }")).toEqual(badAddress);
    expect(problems("server: { listeners: [{ address: [1] }] }")).toEqual([
      "server.listeners[0].address (tapio.yaml:1:34): must be a single value",
    ]);
    expect(problems('server: { listeners: [{ address: "0.0.0.0:1", auth: { tokens: ["${GONE}"] } }] }')).toEqual([
      "server.listeners[0].auth.tokens[0] (tapio.yaml:1:64): the environment variable GONE is not set",
    ]);
  });

  it("does not hide a rule over several fields that has nothing to do with it", () => {
    expect(problems("server: { listeners: [{ address: 0.0.0.0:8080, mounts: [NOPE] }] }")).toEqual([
      expect.stringMatching(
        /^server\.listeners\[0\] \(tapio\.yaml:1:23\): a listener on an address other than loopback needs auth /,
      ) as string,
      expect.stringMatching(/^server\.listeners\[0\]\.mounts\[0\] /) as string,
    ]);
  });

  it("never shows a secret", () => {
    const text =
      'destinations: [{ name: a, webhooks: { url: https://x.test, secret: "hunter2-hunter2" } }]\nserver: { listeners: [{ address: 127.0.0.1:1, auth: { tokens: [hunter2] } }] }';
    expect(problems(text)).toHaveLength(2);
    expect(problems(text).join("\n")).not.toContain("hunter2");
  });

  it("names the file that cannot be read", () => {
    const readFile = (): string => {
      throw new Error("ENOENT: no such file");
    };
    expect(problems('destinations: [{ name: a, webhooks: { url: https://x.test, secret: "file:gone" } }]', { readFile })).toEqual([
      "destinations[0].webhooks.secret (tapio.yaml:1:68): the file gone cannot be read: ENOENT: no such file",
    ]);
  });

  it("ends a file whose aliases multiply", () => {
    const levels = Array.from(
      { length: 9 },
      (_, n) => `  x${n}: &x${n} [${Array.from({ length: 9 }, () => (n === 0 ? "a" : `*x${n - 1}`)).join(", ")}]`,
    );
    const text = `destinations:\n  - name: a\n    filter: { types: [a] }\n    otel:\n      endpoint: http://x\n      resource_attributes:\n${levels.join("\n")}`;
    expect(problems(text).length).toBeGreaterThan(0);
  });
});

describe("the environment", () => {
  it("overrides the first listener's address and the journal's folder", () => {
    const config = loaded(defaultConfigYaml, { env: { TAPIO_LISTEN: "127.0.0.1:0", TAPIO_DATA: "/var/lib/tapio" } });
    expect(config.server?.listeners[0]?.address).toBe("127.0.0.1:0");
    expect(config.journal).toMatchObject({ driver: { case: "sqlite", value: { path: "/var/lib/tapio" } } });
  });

  it("overrides the folder alone: what else is set of the journal stays", () => {
    const text = "journal: { sqlite: { path: ./here, max_file_bytes: 1GiB }, retention: { max_age: 1h } }";
    expect(loaded(text, { env: { TAPIO_DATA: "/there" } }).journal).toMatchObject({
      driver: { value: { path: "/there", maxFileBytes: 1_073_741_824n } },
      retention: { maxAge: { seconds: 3_600n } },
    });
    expect(loaded("journal: { retention: { max_age: 1h } }", { env: { TAPIO_DATA: "/there" } }).journal).toMatchObject({
      driver: { value: { path: "/there" } },
      retention: { maxAge: { seconds: 3_600n } },
    });
  });

  it("keeps a memory journal as it is", () => {
    expect(loaded("journal: { memory: {} }", { env: { TAPIO_DATA: "/x" } }).journal?.driver.case).toBe("memory");
  });

  it("has one problem when TAPIO_LISTEN is no address", () => {
    expect(problems("", { env: { TAPIO_LISTEN: "8080" } })).toEqual([
      "server.listeners[0].address (TAPIO_LISTEN in the environment): must be host:port, e.g. 127.0.0.1:8080 or [::]:8443",
    ]);
  });

  it("is checked as the file is", () => {
    expect(problems("", { env: { TAPIO_LISTEN: "0.0.0.0:8080" } })).toEqual([
      expect.stringMatching(
        /^server\.listeners\[0\] \(TAPIO_LISTEN in the environment\): a listener on an address other than loopback/,
      ) as string,
    ]);
  });
});
