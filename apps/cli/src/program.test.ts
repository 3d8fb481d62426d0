import { readFile } from "node:fs/promises";
import { create } from "@bufbuild/protobuf";
import type { PublishResult, RecordInput, SubscribeOptions, SubscriptionItem } from "@tapio/client";
import { TapioClientError } from "@tapio/client";
import type { TapioNodeClient, TapioNodeClientOptions } from "@tapio/client/node";
import { EventSchema } from "@tapio/contracts/domain/v1/event";
import { type Record, RecordSchema } from "@tapio/contracts/domain/v1/record";
import { Severity } from "@tapio/contracts/domain/v1/types";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { CommandFailure, type Io } from "./io.ts";
import { runTapioctl } from "./program.ts";

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const nowMs = 1_793_534_400_000;

interface Setting {
  readonly files?: Readonly<{ [path: string]: string | Uint8Array }>;
  readonly env?: Readonly<{ [name: string]: string }>;
  readonly publish?: (records: readonly RecordInput[]) => readonly PublishResult[];
  readonly items?: readonly SubscriptionItem[];
  readonly interrupted?: AbortSignal;
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly published: Record[];
  readonly connected: TapioNodeClientOptions[];
  readonly subscribed: SubscribeOptions[];
}

async function tapioctl(args: readonly string[], setting: Setting = {}): Promise<Ran> {
  let out = "";
  let err = "";
  const published: Record[] = [];
  const connected: TapioNodeClientOptions[] = [];
  const subscribed: SubscribeOptions[] = [];
  const client: TapioNodeClient = {
    publish: async (records) => {
      published.push(...(records as readonly Record[]));
      if (setting.publish !== undefined) return setting.publish(records);
      return (records as readonly Record[]).map(({ kind }, index) => ({ status: "accepted", id: kind.value?.id ?? "", sequence: index + 1 }));
    },
    publishStream: () => Promise.reject(new Error("not used")),
    subscribe: (options = {}) => {
      subscribed.push(options);
      return (async function* () {
        yield* setting.items ?? [];
      })();
    },
    health: () => Promise.reject(new Error("not used")),
    close: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
  const io: Io = {
    env: setting.env ?? {},
    out: (text) => (out += text),
    err: (text) => (err += text),
    readInput: async (path) => {
      const content = setting.files?.[path];
      if (content === undefined) throw new CommandFailure(3, `${path} cannot be read`);
      return typeof content === "string" ? new TextEncoder().encode(content) : content;
    },
    now: () => nowMs,
    connect: (options) => {
      connected.push(options);
      return client;
    },
    interrupted: setting.interrupted ?? new AbortController().signal,
  };
  const code = await runTapioctl(args, io);
  return { code, out, err, published, connected, subscribed };
}

const good = { event: { id: "a", time: "2026-11-01T12:00:00Z", type: "x.y", severity: "SEVERITY_INFO" } };

describe("tapioctl send", () => {
  it("sends records from a file with one record per line, and sums up", async () => {
    const ran = await tapioctl(["send", "records.jsonl"], { files: { "records.jsonl": `${JSON.stringify(good)}\n\n${JSON.stringify({ event: { ...good.event, id: "b" } })}\n` } });
    expect(ran).toMatchObject({ code: 0, out: "accepted 2, duplicates 0, rejected 0\n" });
    expect(ran.published.map(({ kind }) => kind.value?.id)).toEqual(["a", "b"]);
  });

  it("takes an array, or one record over several lines, from standard input", async () => {
    expect((await tapioctl(["send", "-"], { files: { "-": JSON.stringify([good]) } })).out).toBe("accepted: a at sequence 1\n");
    expect((await tapioctl(["send", "-"], { files: { "-": JSON.stringify(good, undefined, 2) } })).code).toBe(0);
  });

  it("names the field of a bad record, sends the others, and exits with 1", async () => {
    const ran = await tapioctl(["send", "-"], { files: { "-": JSON.stringify([{ event: { ...good.event, severity: "LOUD" } }, good]) } });
    expect([ran.code, ran.published.length]).toEqual([1, 1]);
    expect(ran.err).toMatch(/^records\[0\] a: event\.severity: /);
    expect(ran.out).toBe("accepted 1, duplicates 0, rejected 1\n");
  });

  it("shows a refusal of the server, as text or as JSON", async () => {
    const publish = (): readonly PublishResult[] => [{ status: "rejected", id: "a", field: "event.type", reason: "is too long" }];
    expect((await tapioctl(["send", "-"], { files: { "-": JSON.stringify(good) }, publish })).err).toBe("records[0] a: event.type: is too long\n");
    const asJson = await tapioctl(["send", "-", "--json"], { files: { "-": JSON.stringify(good) }, publish });
    expect([asJson.code, JSON.parse(asJson.out)]).toEqual([1, { index: 0, status: "rejected", id: "a", field: "event.type", reason: "is too long" }]);
  });

  it("sends one event from options", async () => {
    const args = ["send", "--type", "deploy.finished", "--severity", "warning", "--message", "done", "--namespace", "shop", "--label", "team=core", "--label", "a=b=c", "--id", "d1"];
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
    ["a server that is no URL", ["send", "--type", "a.b", "--server", "nope"], {}, 2, /--server: "nope" is not a URL/],
    ["an unknown option", ["send", "--typ", "x"], {}, 2, /unknown option/],
  ])("with %s says so", async (_name, args, setting, code, message) => {
    const ran = await tapioctl(args, setting);
    expect([ran.code, ran.err]).toEqual([code, expect.stringMatching(message) as string]);
  });

  it.each([
    ["unavailable", 3, /^http:\/\/127\.0\.0\.1:8080 cannot be reached: refused\. Is the gateway running \(npm start\)\?/],
    ["unauthenticated", 3, /wants a token: refused\. Give it by --token or TAPIO_TOKEN/],
    ["invalid_argument", 1, /refused \(invalid_argument\)/],
  ] as const)("explains a call that fails with %s", async (errorCode, code, message) => {
    const publish = (): never => {
      throw new TapioClientError(errorCode, "refused");
    };
    const ran = await tapioctl(["send", "--type", "a.b"], { publish });
    expect([ran.code, ran.err]).toEqual([code, expect.stringMatching(message) as string]);
  });

  it("takes server and token from options, else from the environment", async () => {
    const env = { TAPIO_SERVER: "http://one.test", TAPIO_TOKEN: "t1" };
    expect((await tapioctl(["send", "--type", "a.b"], { env })).connected).toMatchObject([{ baseUrl: "http://one.test", token: "t1" }]);
    expect((await tapioctl(["send", "--type", "a.b", "--server", "http://two.test", "--token", "t2"], { env })).connected).toMatchObject([{ baseUrl: "http://two.test", token: "t2" }]);
  });
});

describe("tapioctl tail", () => {
  const record = create(RecordSchema, {
    kind: {
      case: "event",
      value: create(EventSchema, { id: "a", type: "x.y", severity: Severity.WARNING, message: "hello", time: { seconds: 1_793_534_400n, nanos: 0 }, resources: [{ kind: "pod", namespace: "shop", name: "web" }] }),
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
    expect([ran.code, ran.err]).toEqual([0, "lost to retention: sequences 1 to 3\n"]);
  });

  it("stops after --limit records, and prints JSON on request", async () => {
    const ran = await tapioctl(["tail", "--limit", "1", "--json"], { items });
    expect(JSON.parse(ran.out)).toMatchObject({ sequence: 7, record: { event: { id: "a", severity: "SEVERITY_WARNING" } } });
    expect((await tapioctl(["tail", "--limit", "0"], { items })).out).toBe("");
  });

  it("turns its options into a subscription", async () => {
    const args = ["tail", "--from", "42", "--kind", "event", "--kind", "finding", "--type", "kernel.*", "--namespace", "shop", "--min-severity", "error", "--expression", "true"];
    expect((await tapioctl(args)).subscribed).toMatchObject([
      { start: { afterSequence: 42 }, filter: { kinds: [1, 2], types: ["kernel.*"], namespaces: ["shop"], minSeverity: Severity.ERROR, expression: "true" } },
    ]);
    expect((await tapioctl(["tail", "--from", "2026-11-01T12:00:00.5Z"])).subscribed).toMatchObject([{ start: { timeMs: nowMs + 500 } }]);
    expect((await tapioctl(["tail", "--from", "beginning"])).subscribed).toMatchObject([{ start: "beginning" }]);
  });

  it.each([
    [["tail", "--from", "noon"], /--from: "noon" is none of/],
    [["tail", "--kind", "thing"], /--kind: "thing" is none of event, finding, correlation/],
    [["tail", "--min-severity", "loud"], /--min-severity: "loud" is none of/],
    [["tail", "--limit", "few"], /--limit: "few" is none of a whole number/],
  ])("%j is called wrongly", async (args, message) => {
    const ran = await tapioctl(args);
    expect([ran.code, ran.err]).toEqual([2, expect.stringMatching(message) as string]);
  });
});

describe("tapioctl config check", () => {
  it("says that a configuration is right, and shows it without its secrets", async () => {
    const files = { "tapio.yaml": `destinations: [{ name: a, webhooks: { url: https://x.test, secret: "${secret}" } }]` };
    expect(await tapioctl(["config", "check"], { files })).toMatchObject({ code: 0, out: "tapio.yaml is right: 1 destinations\n" });
    const shown = await tapioctl(["config", "check", "--show", "--json"], { files });
    expect(JSON.parse(shown.out)).toMatchObject({ ok: true, config: { destinations: [{ webhooks: { secret: "***" } }] } });
    expect((await tapioctl(["config", "check", "--show"], { files })).out).toContain('"secret": "***"');
  });

  it("names every problem with its line and exits with 1", async () => {
    const files = { "x.yaml": "foo: 1\nlog: { level: LOUD }" };
    const ran = await tapioctl(["config", "check", "x.yaml"], { files });
    expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(/^foo \(x\.yaml:1:1\): [^\n]+\nlog\.level \(x\.yaml:2:15\): [^\n]+\n2 problems in x\.yaml\n$/) as string]);
    const asJson = await tapioctl(["config", "check", "x.yaml", "--json"], { files });
    expect(JSON.parse(asJson.out)).toMatchObject({ ok: false, problems: [{ path: "foo", line: 1 }, { path: "log.level", line: 2 }] });
  });

  it("finds the example of the repository right, given its environment", async () => {
    const text = await readFile(new URL("./testdata/webhook-only.yaml", import.meta.url), "utf8");
    expect((await tapioctl(["config", "check", "-"], { files: { "-": text }, env: { HOOK_SECRET: secret } })).code).toBe(0);
    expect((await tapioctl(["config", "check", "-"], { files: { "-": text } })).err).toContain("the environment variable HOOK_SECRET is not set");
  });
});

describe("tapioctl webhook", () => {
  const body = Uint8Array.from({ length: 256 }, (_, index) => index);

  it("signs a file byte for byte: three headers, as the reference implementation signs", async () => {
    const ran = await tapioctl(["webhook", "sign", "--secret", secret, "--id", "msg_1", "--timestamp", "1793534400", "--file", "f"], { files: { f: "{}" } });
    const expected = new Webhook(secret).sign("msg_1", new Date(1_793_534_400_000), "{}");
    expect([ran.code, ran.out]).toEqual([0, `webhook-id: msg_1\nwebhook-timestamp: 1793534400\nwebhook-signature: ${expected}\n`]);
  });

  it("signs with the time of now, and verifies what it signed", async () => {
    const signed = await tapioctl(["webhook", "sign", "--secret", secret, "--id", "m", "--file", "-", "--json"], { files: { "-": body } });
    const headers = JSON.parse(signed.out) as { [name: string]: string };
    expect(headers["webhook-timestamp"]).toBe("1793534400");
    const verify = ["webhook", "verify", "--secret", secret, "--id", "m", "--timestamp", "1793534400", "--signature", headers["webhook-signature"] ?? "", "--file", "-"];
    expect(await tapioctl(verify, { files: { "-": body } })).toMatchObject({ code: 0, out: "the signature is right\n" });
    const other = await tapioctl(verify, { files: { "-": "other" } });
    expect([other.code, other.out]).toEqual([1, ""]);
    expect(other.err).not.toBe("");
    expect(JSON.parse((await tapioctl([...verify, "--json"], { files: { "-": "other" } })).out)).toMatchObject({ ok: false, reason: "no_matching_signature" });
  });

  it("never repeats a secret that cannot be used", async () => {
    const ran = await tapioctl(["webhook", "sign", "--secret", "hunter2", "--id", "m", "--file", "-"], { files: { "-": body } });
    expect(ran.code).toBe(2);
    expect(ran.err).not.toContain("hunter2");
    expect(ran.err).toContain("whsec_");
  });

  it.each([[["--timestamp", "noon"], /--timestamp: "noon" is not a whole number/]])("with %j is called wrongly", async (extra, message) => {
    const ran = await tapioctl(["webhook", "sign", "--secret", secret, "--id", "m", "--file", "-", ...extra], { files: { "-": body } });
    expect([ran.code, ran.err]).toEqual([2, expect.stringMatching(message) as string]);
  });

  it("makes secrets that it can use", async () => {
    const made = (await tapioctl(["webhook", "keygen"])).out.trim();
    expect(made).toMatch(/^whsec_[A-Za-z0-9+/=]{44}$/);
    expect((await tapioctl(["webhook", "sign", "--secret", made, "--id", "m", "--file", "-"], { files: { "-": body } })).code).toBe(0);
  });

  it("listens: prints what is verified, refuses the rest, and stops at its limit", async () => {
    const args = ["webhook", "listen", "--secret", secret, "--port", "0", "--limit", "1", "--json"];
    const posts: Promise<number[]>[] = [];
    const ran = await listenAndPost(args, (url) => {
      const webhook = new Webhook(secret);
      const post = async (signature: string): Promise<number> =>
        (await fetch(url, { method: "POST", headers: { "webhook-id": "m1", "webhook-timestamp": "1793534400", "webhook-signature": signature }, body: '{"a":1}' })).status;
      posts.push((async () => [await post("v1,AAAA"), await post(webhook.sign("m1", new Date(nowMs), '{"a":1}'))])());
    });
    expect((await posts[0])?.[1]).toBe(204);
    expect((await posts[0])?.[0]).toBe(401);
    expect(JSON.parse(ran.out)).toEqual({ id: "m1", at: "2026-11-01T12:00:00.000Z", json: { a: 1 } });
    expect(ran.err).toContain("refused with 401");
  });
});

async function listenAndPost(args: readonly string[], onUrl: (url: string) => void): Promise<{ out: string; err: string }> {
  let out = "";
  let err = "";
  await runTapioctl(args, {
    env: {},
    out: (text) => (out += text),
    err: (text) => {
      err += text;
      const url = /listening on (\S+)/.exec(text)?.[1];
      if (url !== undefined) onUrl(url);
    },
    readInput: () => Promise.reject(new Error("not used")),
    now: () => nowMs,
    connect: () => {
      throw new Error("not used");
    },
    interrupted: new AbortController().signal,
  });
  return { out, err };
}

describe("tapioctl", () => {
  it("explains itself", async () => {
    const help = await tapioctl(["--help"]);
    expect([help.code, help.out]).toEqual([0, expect.stringMatching(/send.*tail.*config.*webhook/s) as string]);
    expect((await tapioctl(["nonsense"])).code).toBe(2);
  });
});
