import { create } from "@bufbuild/protobuf";
import { TapioClientError, type PublishResult, type SubscriptionItem } from "@tapio/client";
import { EventSchema } from "@tapio/contracts/domain/v1/event";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { Severity } from "@tapio/contracts/domain/v1/types";
import { describe, expect, it } from "vitest";
import { nowMs, tapioctl, type Setting } from "./testdata/tapioctl.ts";

const good = { event: { id: "a", time: "2026-11-01T12:00:00Z", type: "x.y", severity: "SEVERITY_INFO" } };

describe("tapioctl send", () => {
  it("sends records from a file with one record per line, and sums up", async () => {
    const ran = await tapioctl(["send", "records.jsonl"], {
      files: { "records.jsonl": `${JSON.stringify(good)}\n\n${JSON.stringify({ event: { ...good.event, id: "b" } })}\n` },
    });
    expect(ran).toMatchObject({ code: 0, out: "accepted 2, duplicates 0, rejected 0\n" });
    expect(ran.published.map(({ kind }) => kind.value?.id)).toEqual(["a", "b"]);
  });

  it("takes an array, or one record over several lines, from standard input", async () => {
    expect((await tapioctl(["send", "-"], { files: { "-": JSON.stringify([good]) } })).out).toBe("accepted: a at sequence 1\n");
    expect((await tapioctl(["send", "-"], { files: { "-": JSON.stringify(good, undefined, 2) } })).code).toBe(0);
  });

  it("takes what query, tail and journal export wrote", async () => {
    const lines = [
      { sequence: 7, acceptedTime: "2026-11-01T12:00:00Z", record: good },
      { sequence: 9, record: { event: { ...good.event, id: "b" } } },
    ];
    const ran = await tapioctl(["send", "-"], { files: { "-": lines.map((line) => JSON.stringify(line)).join("\n") } });
    expect([ran.code, ran.published.map(({ kind }) => kind.value?.id)]).toEqual([0, ["a", "b"]]);
  });

  it("names the field of a bad record, sends the others, and exits with 1", async () => {
    const ran = await tapioctl(["send", "-"], { files: { "-": JSON.stringify([{ event: { ...good.event, severity: "LOUD" } }, good]) } });
    expect([ran.code, ran.published.length]).toEqual([1, 1]);
    expect(ran.err).toMatch(/^records\[0\] a: event\.severity: /);
    expect(ran.out).toBe("accepted 1, duplicates 0, rejected 1\n");
  });

  it("shows a refusal of the server, as text or as JSON", async () => {
    const publish = (): readonly PublishResult[] => [{ status: "rejected", id: "a", field: "event.type", reason: "is too long" }];
    expect((await tapioctl(["send", "-"], { files: { "-": JSON.stringify(good) }, publish })).err).toBe(
      "records[0] a: event.type: is too long\n",
    );
    const asJson = await tapioctl(["send", "-", "--json"], { files: { "-": JSON.stringify(good) }, publish });
    expect([asJson.code, JSON.parse(asJson.out)]).toEqual([
      1,
      { index: 0, status: "rejected", id: "a", field: "event.type", reason: "is too long" },
    ]);
  });

  it("sends one event from options", async () => {
    const args = [
      "send",
      "--type",
      "deploy.finished",
      "--severity",
      "warning",
      "--message",
      "done",
      "--namespace",
      "shop",
      "--label",
      "team=core",
      "--label",
      "a=b=c",
      "--id",
      "d1",
    ];
    const ran = await tapioctl(args);
    expect([ran.code, ran.out]).toEqual([0, "accepted: d1 at sequence 1\n"]);
    expect(ran.published[0]?.kind.value).toMatchObject({
      id: "d1",
      type: "deploy.finished",
      severity: Severity.WARNING,
      message: "done",
      labels: { team: "core", a: "b=c" },
      resources: [{ kind: "namespace", name: "shop", namespace: "shop" }],
    });
  });

  it("gives an event an id of its own", async () => {
    expect((await tapioctl(["send", "--type", "a.b"])).published[0]?.kind.value?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  it.each<[string, string[], Setting, number, RegExp]>([
    ["nothing to send", ["send"], {}, 2, /nothing to send/],
    ["a file and --type", ["send", "x", "--type", "a.b"], {}, 2, /not both/],
    ["a label without =", ["send", "--type", "a.b", "--label", "x"], {}, 2, /--label: "x" is not key=value/],
    ["an unknown severity", ["send", "--type", "a.b", "--severity", "loud"], {}, 2, /--severity: "loud" is none of/],
    ["a file that is not there", ["send", "gone"], {}, 3, /gone cannot be read/],
    ["a file that is not JSON", ["send", "-"], { files: { "-": "{" } }, 1, /^-: not JSON: /],
    ["an empty file", ["send", "-"], { files: { "-": "" } }, 1, /^-: not JSON: it is empty/],
    ["a broken line", ["send", "f"], { files: { f: `${JSON.stringify(good)}\n{` } }, 1, /^f:2: not JSON: /],
    ["a server that is no URL", ["send", "--type", "a.b", "--server", "nope"], {}, 2, /--server: "nope" is not an http or https URL/],
    [
      "a server of another protocol",
      ["send", "--type", "a.b", "--server", "ftp://x"],
      {},
      2,
      /--server: "ftp:\/\/x" is not an http or https URL/,
    ],
    ["an unknown option", ["send", "--typ", "x"], {}, 2, /unknown option/],
  ])("with %s says so", async (_name, args, setting, code, message) => {
    const ran = await tapioctl(args, setting);
    expect([ran.code, ran.err]).toEqual([code, expect.stringMatching(message) as string]);
  });

  it.each([
    ["unavailable", 3, /^http:\/\/127\.0\.0\.1:8080 cannot be reached: refused\. Is the gateway running \(npm start\)\?/],
    ["unauthenticated", 3, /does not let this call in: refused\. Check the token \(--token or TAPIO_TOKEN\)/],
    ["invalid_argument", 1, /refused \(invalid_argument\)/],
    ["unimplemented", 3, /does not offer this call \(refused\)\. Is the gateway as new as this tapioctl\?/],
    ["deadline_exceeded", 3, /did not answer in time; if the call was to change something, it may have been done or not/],
  ] as const)("OPS-20, OPS-27, OPS-28: explains a call that fails with %s", async (errorCode, code, message) => {
    const publish = (): never => {
      throw new TapioClientError(errorCode, "refused");
    };
    const ran = await tapioctl(["send", "--type", "a.b"], { publish });
    expect([ran.code, ran.err]).toEqual([code, expect.stringMatching(message) as string]);
  });

  it("takes server and token from options, else from the environment", async () => {
    const env = { TAPIO_SERVER: "http://one.test", TAPIO_TOKEN: "t1" };
    expect((await tapioctl(["send", "--type", "a.b"], { env })).connected).toMatchObject([{ baseUrl: "http://one.test", token: "t1" }]);
    expect((await tapioctl(["send", "--type", "a.b", "--server", "http://two.test", "--token", "t2"], { env })).connected).toMatchObject([
      { baseUrl: "http://two.test", token: "t2" },
    ]);
  });
});

describe("tapioctl tail", () => {
  const record = create(RecordSchema, {
    kind: {
      case: "event",
      value: create(EventSchema, {
        id: "a",
        type: "x.y",
        severity: Severity.WARNING,
        message: "hello",
        time: { seconds: 1_793_534_400n, nanos: 0 },
        resources: [{ kind: "pod", namespace: "shop", name: "web" }],
      }),
    },
  });
  const items: readonly SubscriptionItem[] = [
    { kind: "progress", sequence: 3, headSequence: 9, lost: { fromSequence: 1, toSequence: 3 } },
    { kind: "record", sequence: 7, acceptedAtMs: nowMs, record },
    { kind: "record", sequence: 8, acceptedAtMs: nowMs, record },
  ];

  it("prints a line per record and what was lost", async () => {
    const ran = await tapioctl(["tail"], { items });
    expect(ran.out.split("\n")[0]).toMatch(/^ {7}7 {2}2026-11-01T12:00:00Z +warning +event +x\.y {2}pod shop\/web {2}hello$/);
    expect([ran.code, ran.err]).toEqual([0, "lost to retention or damage: sequences 1 to 3\n"]);
  });

  it("that never connects says so at once and exits with 3; one that breaks later goes on", async () => {
    const failure = new TapioClientError("unavailable", "refused");
    const dead = await tapioctl(["tail"], { reconnects: [failure] });
    expect([dead.code, dead.err]).toEqual([3, expect.stringMatching(/cannot be reached: refused/) as string]);
    const broken = await tapioctl(["tail"], { items, reconnects: [failure] });
    expect([broken.code, broken.err]).toEqual([0, expect.stringContaining("refused; connecting again in 1 s\n") as string]);
  });

  it("stops after --limit records, and prints JSON on request", async () => {
    const ran = await tapioctl(["tail", "--limit", "1", "--json"], { items });
    expect(JSON.parse(ran.out)).toMatchObject({ sequence: 7, record: { event: { id: "a", severity: "SEVERITY_WARNING" } } });
    expect((await tapioctl(["tail", "--limit", "0"], { items })).out).toBe("");
  });

  it("turns its options into a subscription", async () => {
    const args = [
      "tail",
      "--from",
      "42",
      "--kind",
      "event",
      "--kind",
      "finding",
      "--type",
      "kernel.*",
      "--namespace",
      "shop",
      "--min-severity",
      "error",
      "--expression",
      "true",
    ];
    expect((await tapioctl(args)).subscribed).toMatchObject([
      {
        start: { afterSequence: 42 },
        filter: { kinds: [1, 2], types: ["kernel.*"], namespaces: ["shop"], minSeverity: Severity.ERROR, expression: "true" },
      },
    ]);
    expect((await tapioctl(["tail", "--from", "2026-11-01T12:00:00.5Z"])).subscribed).toMatchObject([{ start: { timeMs: nowMs + 500 } }]);
    expect((await tapioctl(["tail", "--from", "beginning"])).subscribed).toMatchObject([{ start: "beginning" }]);
  });

  it.each([
    [["tail", "--from", "noon"], /--from: "noon" is none of/],
    [["tail", "--kind", "thing"], /--kind: "thing" is none of event, finding, correlation/],
    [["tail", "--min-severity", "loud"], /--min-severity: "loud" is none of/],
    [["tail", "--from", "99999999999999999999"], /^--from: must be at most 9007199254740991, not "99999999999999999999"\n$/],
    [["tail", "--limit", "-1"], /^--limit: must be a whole number, not "-1"\n$/],
    [["tail", "--limit", "few"], /^--limit: must be a whole number, not "few"\n$/],
  ])("%j is called wrongly", async (args, message) => {
    const ran = await tapioctl(args);
    expect([ran.code, ran.err]).toEqual([2, expect.stringMatching(message) as string]);
  });
});

describe("tapioctl", () => {
  it("explains itself", async () => {
    const help = await tapioctl(["--help"]);
    expect([help.code, help.out]).toEqual([0, expect.stringMatching(/send.*tail.*config.*webhook/s) as string]);
    expect((await tapioctl(["nonsense"])).code).toBe(2);
    expect(help.out).toContain("3 the server, a file or a port could not be had.");
  });
});
