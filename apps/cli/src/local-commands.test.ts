import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { runTapioctl } from "./program.ts";
import { nowMs, tapioctl } from "./testdata/tapioctl.ts";

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

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
    expect([ran.code, ran.err]).toEqual([
      1,
      expect.stringMatching(/^foo \(x\.yaml:1:1\): [^\n]+\nlog\.level \(x\.yaml:2:15\): [^\n]+\n2 problems in x\.yaml\n$/) as string,
    ]);
    const asJson = await tapioctl(["config", "check", "x.yaml", "--json"], { files });
    expect(JSON.parse(asJson.out)).toMatchObject({
      ok: false,
      problems: [
        { path: "foo", line: 1 },
        { path: "log.level", line: 2 },
      ],
    });
  });

  it("finds the example of the repository right, given its environment", async () => {
    const text = await readFile(new URL("./testdata/webhook-only.yaml", import.meta.url), "utf8");
    expect((await tapioctl(["config", "check", "-"], { files: { "-": text }, env: { HOOK_SECRET: secret } })).code).toBe(0);
    expect((await tapioctl(["config", "check", "-"], { files: { "-": text } })).err).toContain(
      "the environment variable HOOK_SECRET is not set",
    );
  });
});

describe("tapioctl webhook", () => {
  const body = Uint8Array.from({ length: 256 }, (_, index) => index);

  it("signs a file byte for byte: three headers, as the reference implementation signs", async () => {
    const ran = await tapioctl(["webhook", "sign", "--secret", secret, "--id", "msg_1", "--timestamp", "1793534400", "--file", "f"], {
      files: { f: "{}" },
    });
    const expected = new Webhook(secret).sign("msg_1", new Date(1_793_534_400_000), "{}");
    expect([ran.code, ran.out]).toEqual([0, `webhook-id: msg_1\nwebhook-timestamp: 1793534400\nwebhook-signature: ${expected}\n`]);
  });

  it("signs with the time of now, and verifies what it signed", async () => {
    const signed = await tapioctl(["webhook", "sign", "--secret", secret, "--id", "m", "--file", "-", "--json"], { files: { "-": body } });
    const headers = JSON.parse(signed.out) as { [name: string]: string };
    expect(headers["webhook-timestamp"]).toBe("1793534400");
    const verify = [
      "webhook",
      "verify",
      "--secret",
      secret,
      "--id",
      "m",
      "--timestamp",
      "1793534400",
      "--signature",
      headers["webhook-signature"] ?? "",
      "--file",
      "-",
    ];
    expect(await tapioctl(verify, { files: { "-": body } })).toMatchObject({ code: 0, out: "the signature is right\n" });
    const other = await tapioctl(verify, { files: { "-": "other" } });
    expect([other.code, other.out]).toEqual([1, ""]);
    expect(other.err).not.toBe("");
    expect(JSON.parse((await tapioctl([...verify, "--json"], { files: { "-": "other" } })).out)).toMatchObject({
      ok: false,
      reason: "no_matching_signature",
    });
  });

  it("never repeats a secret that cannot be used", async () => {
    const ran = await tapioctl(["webhook", "sign", "--secret", "hunter2", "--id", "m", "--file", "-"], { files: { "-": body } });
    expect(ran.code).toBe(2);
    expect(ran.err).not.toContain("hunter2");
    expect(ran.err).toContain("whsec_");
  });

  it.each([[["--timestamp", "noon"], /^--timestamp: must be a whole number, not "noon"\n$/]])(
    "with %j is called wrongly",
    async (extra, message) => {
      const ran = await tapioctl(["webhook", "sign", "--secret", secret, "--id", "m", "--file", "-", ...extra], { files: { "-": body } });
      expect([ran.code, ran.err]).toEqual([2, expect.stringMatching(message) as string]);
    },
  );

  it("makes secrets that it can use", async () => {
    const made = (await tapioctl(["webhook", "keygen"])).out.trim();
    expect(made).toMatch(/^whsec_[A-Za-z0-9+/=]{44}$/);
    expect((await tapioctl(["webhook", "sign", "--secret", made, "--id", "m", "--file", "-"], { files: { "-": body } })).code).toBe(0);
  });

  it.each([
    ["a secret that cannot be used", ["--secret", "hunter2", "--port", "0"], /^the secret must start with "whsec_"\n$/],
    ["a port that does not exist", ["--secret", secret, "--port", "99999"], /^--port: must be at most 65535, not "99999"\n$/],
    ["a limit below 0", ["--secret", secret, "--port", "0", "--limit", "-1"], /^--limit: must be a whole number, not "-1"\n$/],
  ])("does not listen with %s", async (_name, args, message) => {
    const ran = await tapioctl(["webhook", "listen", ...args]);
    expect([ran.code, ran.err]).toEqual([2, expect.stringMatching(message) as string]);
  });

  it("does not listen on a port that is taken, exits with 3, and says what to do", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const ran = await tapioctl(["webhook", "listen", "--secret", secret, "--port", String(port)]);
    other.close();
    expect([ran.code, ran.err]).toEqual([
      3,
      `cannot listen on 127.0.0.1:${port}: the port is taken. Choose another by --port; 0 takes a free one\n`,
    ]);
  });

  it("stops at once when it is to take no webhook", async () => {
    expect((await tapioctl(["webhook", "listen", "--secret", secret, "--port", "0", "--limit", "0"])).code).toBe(0);
  });

  it("listens: prints what is verified, refuses the rest, and stops at its limit", async () => {
    const args = ["webhook", "listen", "--secret", secret, "--port", "0", "--limit", "1", "--json"];
    const posts: Promise<number[]>[] = [];
    const ran = await listenAndPost(args, (url) => {
      const webhook = new Webhook(secret);
      const post = async (signature: string): Promise<number> =>
        (
          await fetch(url, {
            method: "POST",
            headers: { "webhook-id": "m1", "webhook-timestamp": "1793534400", "webhook-signature": signature },
            body: '{"a":1}',
          })
        ).status;
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
    openOutput: () => Promise.reject(new Error("not used")),
    ask: () => Promise.reject(new Error("not used")),
    now: () => nowMs,
    sleep: () => Promise.reject(new Error("not used")),
    connect: () => {
      throw new Error("not used");
    },
    interrupted: new AbortController().signal,
  });
  return { out, err };
}
