import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { DeliveryState, ExplainResponseSchema, ReloadConfigResponseSchema } from "@tapio/contracts/admin/v1/admin";
import { ControlError } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { acceptedAtMs, eventRecord, startApiDouble } from "../test/api-double.ts";
import { nowMs, tapioctl } from "./testdata/tapioctl.ts";

const kernel = eventRecord({ id: "a", type: "kernel.oom", time: timestampFromMs(nowMs), message: "killed\u001b]0;title\u0007" });
const records = [kernel, eventRecord({ id: "b", type: "deploy.finished" }), eventRecord({ id: "c", type: "kernel.panic" })];

describe("tapioctl query", () => {
  it("shows one record by its id, as a line and whole", async () => {
    await using server = await startApiDouble({ records });
    const ran = await tapioctl(["query", "a"], { server });
    expect([ran.code, ran.out.split("\n")[0]]).toEqual([
      0,
      expect.stringMatching(/^ {7}1 .*kernel\.oom.*killed\\x1b\]0;title\\x07$/) as string,
    ]);
    expect(JSON.parse(ran.out.slice(ran.out.indexOf("\n")))).toMatchObject({ event: { id: "a", type: "kernel.oom" } });
    expect(JSON.parse((await tapioctl(["query", "b", "--json"], { server })).out)).toMatchObject({
      sequence: 2,
      acceptedTime: "2026-11-01T11:53:20Z",
      record: { event: { id: "b" } },
    });
  });

  it("says that no such record is kept, and exits with 1", async () => {
    await using server = await startApiDouble({ records });
    const ran = await tapioctl(["query", "z"], { server });
    expect([ran.code, ran.err]).toEqual([1, 'id: no record "z" is kept: it was never accepted, or retention removed it\n']);
  });

  it("lists what a filter takes, and ends", async () => {
    await using server = await startApiDouble({ records });
    const idsOf = async (...options: string[]): Promise<unknown> =>
      (await tapioctl(["query", ...options, "--json"], { server })).out
        .trim()
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => (JSON.parse(line) as { record: { event: { id: string } } }).record.event.id);
    expect(await idsOf()).toEqual(["a", "b", "c"]);
    expect(await idsOf("--type", "kernel.*")).toEqual(["a", "c"]);
    expect(await idsOf("--from", "1", "--to", "2")).toEqual(["b"]);
    expect(await idsOf("--from", "2026-11-01T12:00:00Z")).toEqual([]);
    expect(await idsOf("--limit", "2")).toEqual(["a", "b"]);
    expect(await idsOf("--limit", "0")).toEqual([]);
    expect((await tapioctl(["query", "--type", "deploy.*"], { server })).out).toMatch(/^ {7}2 .*deploy\.finished.*\n$/);
  });

  it("OPS-6: says what cannot be read, lists the rest, and exits with 1", async () => {
    await using server = await startApiDouble({ records, damaged: 2 });
    const ran = await tapioctl(["query", "--json"], { server });
    expect([ran.code, ran.out.trim().split("\n").length, ran.err]).toEqual([
      1,
      2,
      "cannot be read any more: sequences 2 to 2; tapioctl journal check says more\n",
    ]);
  });

  it.each([
    [["query", "a", "--type", "x"], 2, /^give an id or a filter, not both\n$/],
    [["query", "a", "--limit", "1"], 2, /^give an id or a filter, not both\n$/],
    [["query", "--to", "x"], 2, /^--to: must be a whole number, not "x"\n$/],
    [["query", "no id"], 1, /: id: .*\(invalid_argument\)\n$/],
    [["query", "--expression", "("], 1, /: filter\.expression: .*\(invalid_argument\)\n$/s],
    [["query", "--from", "99"], 1, /start\.after_sequence: 99 is beyond the journal's newest sequence 3/],
  ])("%j exits with %i", async (args, code, message) => {
    await using server = await startApiDouble({ records });
    const ran = await tapioctl(args, { server });
    expect([ran.code, ran.err]).toEqual([code, expect.stringMatching(message) as string]);
  });
});

describe("tapioctl explain", () => {
  const answer = create(ExplainResponseSchema, {
    record: { sequence: 1n, acceptedTime: timestampFromMs(acceptedAtMs), record: kernel },
    deliveries: [
      {
        destination: "traces",
        state: DeliveryState.DELIVERED,
        settleTime: timestampFromMs(nowMs),
        configHash: "3f9a",
        reason: "delivered at attempt 2",
      },
      { destination: "metrics", state: DeliveryState.SKIPPED, reason: "the severity is below WARNING" },
      {
        destination: "oncall",
        state: DeliveryState.WAITING,
        reason: "unavailable: HTTP 503",
        nextAttemptTime: timestampFromMs(nowMs + 90_000),
        attempts: [
          { number: 1, startTime: timestampFromMs(nowMs), duration: durationFromMs(120), code: "unavailable", message: "HTTP 503" },
        ],
      },
      {
        destination: "slow",
        state: DeliveryState.WAITING,
        reason: "timeout: no answer",
        nextAttemptTime: timestampFromMs(nowMs - 16_000),
        attempts: [{ number: 1, code: "unavailable", message: "HTTP 503" }],
      },
      { destination: "audit", state: DeliveryState.PENDING },
      { destination: "old", state: DeliveryState.UNSPECIFIED, reason: "it was settled; how is not kept any more" },
    ],
  });

  it("gives the verdict of each destination in a line, with its attempts below", async () => {
    await using server = await startApiDouble({ control: { explain: async () => answer } });
    const ran = await tapioctl(["explain", "a"], { server });
    expect([ran.code, ran.out.split("\n").slice(1)]).toEqual([
      0,
      [
        "accepted 2026-11-01T11:53:20Z",
        "",
        "traces   delivered 2026-11-01T12:00:00Z at attempt 2  (configuration 3f9a)",
        "metrics  skipped: the severity is below WARNING",
        "oncall   waiting, next attempt 2026-11-01T12:01:30Z (in 1m30s): unavailable",
        "  #1  2026-11-01T12:00:00Z  120ms  unavailable: HTTP 503",
        "slow     waiting, due since 2026-11-01T11:59:44Z (16s ago): timeout: no answer",
        "  #1  -  -  unavailable: HTTP 503",
        "audit    pending",
        "old      not known: it was settled; how is not kept any more",
        "",
      ],
    ]);
    expect(server.calls).toEqual([{ member: "explain", argument: "a" }]);
    expect(JSON.parse((await tapioctl(["explain", "a", "--json"], { server })).out)).toMatchObject({
      record: { sequence: "1" },
      deliveries: [{ destination: "traces", state: "DELIVERY_STATE_DELIVERED" }, {}, {}, {}, {}, {}],
    });
  });

  it("says that retention removed the record, and that there are no destinations", async () => {
    await using server = await startApiDouble({ control: { explain: async () => create(ExplainResponseSchema) } });
    expect((await tapioctl(["explain", "a"], { server })).out).toBe("the journal does not keep this record any more\n\nno destinations\n");
  });

  it("exits with 1 when nothing is known of the record", async () => {
    await using server = await startApiDouble({});
    expect(await tapioctl(["explain", "a"], { server })).toMatchObject({ code: 1, err: "explain found nothing\n" });
  });
});

describe("tapioctl config reload", () => {
  const answering = (init: Parameters<typeof create<typeof ReloadConfigResponseSchema>>[1]) => ({
    control: { reloadConfig: async () => create(ReloadConfigResponseSchema, init) },
  });

  it("says what changed, and what needs a restart", async () => {
    await using server = await startApiDouble(answering({ added: ["a", "b"], removed: ["c"], needsRestart: ["server.listeners"] }));
    expect(await tapioctl(["config", "reload"], { server })).toMatchObject({
      code: 0,
      out: "added    a, b\nremoved  c\nchanged in the file, and needs a restart of the gateway: server.listeners\n",
    });
    expect(server.calls).toMatchObject([{ argument: { dryRun: false } }]);
  });

  it("with --dry-run says what would change", async () => {
    await using server = await startApiDouble(answering({ changed: ["a"] }));
    expect(await tapioctl(["config", "reload", "--dry-run"], { server })).toMatchObject({ code: 0, out: "would restart  a\n" });
    expect(server.calls).toMatchObject([{ argument: { dryRun: true } }]);
    const asJson = await tapioctl(["config", "reload", "--dry-run", "--json"], { server });
    expect(JSON.parse(asJson.out)).toEqual({ added: [], changed: ["a"], removed: [], needsRestart: [], dryRun: true });
  });

  it("says that nothing changed", async () => {
    await using server = await startApiDouble(answering({}));
    expect((await tapioctl(["config", "reload"], { server })).out).toBe("the configuration is right; no destination changed\n");
    expect((await tapioctl(["config", "reload", "--dry-run"], { server })).out).toBe(
      "the configuration is right; no destination would change\n",
    );
  });

  it("shows every problem of a configuration that is wrong, and exits with 1", async () => {
    const problems = "2 problems, nothing was changed\nfoo (tapio.yaml:1:1): unknown key\nbar (tapio.yaml:2:1): unknown key";
    await using server = await startApiDouble({
      control: { reloadConfig: async () => Promise.reject(new ControlError("invalid", problems)) },
    });
    const ran = await tapioctl(["config", "reload"], { server });
    expect([ran.code, ran.err]).toEqual([1, `${problems}\n`]);
  });
});

describe("a call that is cut off", () => {
  it("OPS-27: by the user says that its effect is not known", async () => {
    const stop = new AbortController();
    const control = {
      reloadConfig: async () => {
        stop.abort();
        return await new Promise<never>(() => undefined);
      },
    };
    await using server = await startApiDouble({ control });
    const ran = await tapioctl(["config", "reload"], { server, interrupted: stop.signal });
    expect([ran.code, ran.err]).toEqual([
      3,
      "interrupted: if the call was to change something, it may have been done or not; look before you repeat it\n",
    ]);
  });
});
