import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  BreakerState,
  DestinationSchema,
  DestinationState,
  SkipDestinationResponseSchema,
  type Destination,
  type SkipDestinationRequest,
} from "@tapio/contracts/admin/v1/admin";
import { ControlError } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { eventRecord, startApiDouble, type ApiDouble } from "../test/api-double.ts";
import { nowMs, tapioctl } from "./testdata/tapioctl.ts";

function destination(init: MessageInitShape<typeof DestinationSchema>): Destination {
  return create(DestinationSchema, { integration: "webhooks", state: DestinationState.RUNNING, breaker: BreakerState.CLOSED, ...init });
}

const oncall = destination({
  name: "oncall",
  state: DestinationState.BREAKER_OPEN,
  reason: "the receiver does not answer",
  breaker: BreakerState.OPEN,
  cursor: 1_000n,
  lagRecords: 1_234n,
  lagBytes: 740_400n,
  lagTime: durationFromMs(192_000),
  waiting: 17n,
  deadLetters: 2n,
  deliveredPerSecond: 41.04,
  failedPerSecond: 0.05,
  delivered: 98_765n,
  inFlight: 3n,
  healthMessage: "connection refused",
  nextAttemptTime: timestampFromMs(nowMs + 5_000),
  lastFailure: {
    number: 3,
    startTime: timestampFromMs(nowMs - 65_000),
    code: "unavailable",
    message: "connection \u001b[31mrefused\nby peer",
  },
  configHash: "3f9a",
});
const metrics = destination({ name: "metrics", integration: "prometheus", breaker: BreakerState.UNSPECIFIED, healthy: true });

async function listing(...destinations: Destination[]): Promise<ApiDouble> {
  return startApiDouble({ control: { listDestinations: async () => destinations } });
}

describe("tapioctl destinations", () => {
  it("shows a line for each, and why some do not run", async () => {
    await using server = await listing(oncall, metrics);
    const ran = await tapioctl(["destinations"], { server });
    expect([ran.code, ran.out.split("\n")]).toEqual([
      0,
      [
        "NAME     INTEGRATION  STATE           LAG  BEHIND  WAITING  PARKED  DEAD    RATE  BREAKER  LAST ERROR",
        "oncall   webhooks     breaker open  1,234   3m12s       17       0     2  41.0/s  open     1m5s ago: unavailable: connection \\x1b[31mrefused by peer",
        "metrics  prometheus   running           0       -        0       0     0     0/s  -        -",
        "",
        "oncall is breaker open: the receiver does not answer",
        "",
      ],
    ]);
  });

  it("says that there are none", async () => {
    await using server = await listing();
    expect(await tapioctl(["destinations"], { server })).toMatchObject({ code: 0, out: "no destinations are configured\n" });
  });

  it("OPS-21: gives programs one object per line with every field", async () => {
    await using server = await listing(oncall, metrics);
    const lines = (await tapioctl(["destinations", "--json"], { server })).out.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { name: "oncall", state: "DESTINATION_STATE_BREAKER_OPEN", lagRecords: "1234", lagTime: "192s", deadLetters: "2" },
      { name: "metrics", lagRecords: "0", deadLetters: "0", healthy: true, reason: "" },
    ]);
  });

  it("shows everything of one", async () => {
    await using server = await listing(oncall, metrics);
    const ran = await tapioctl(["destinations", "show", "oncall"], { server });
    expect([ran.code, ran.out.trim().split("\n")]).toEqual([
      0,
      [
        "name             oncall",
        "integration      webhooks",
        "state            breaker open",
        "why              the receiver does not answer",
        "health           not healthy: connection refused",
        "breaker          open",
        "cursor           1000",
        "lag              1,234 records, 723.0 KiB",
        "oldest of it     3m12s old",
        "in flight        3",
        "waiting          17",
        "next attempt     2026-11-01T12:00:05Z (in 5s)",
        "parked           0",
        "dead letters     2",
        "delivered        98,765 since the gateway's start, 41.0/s over the last minute",
        "failed attempts  <0.1/s over the last minute",
        "skipped          0 since the gateway's start",
        "last error       1m5s ago: unavailable: connection \\x1b[31mrefused by peer",
        "configuration    3f9a",
      ],
    ]);
    expect(JSON.parse((await tapioctl(["destinations", "show", "metrics", "--json"], { server })).out)).toMatchObject({ name: "metrics" });
  });

  it("OPS-28: names those that there are when it does not know one", async () => {
    await using server = await listing(oncall, metrics);
    const ran = await tapioctl(["destinations", "show", "onkall"], { server });
    expect([ran.code, ran.err]).toEqual([1, 'there is no destination "onkall": there are oncall, metrics\n']);
    await using empty = await listing();
    expect((await tapioctl(["destinations", "show", "a"], { server: empty })).err).toBe(
      'there is no destination "a": none is configured\n',
    );
  });
});

describe("tapioctl destinations pause, resume, drain", () => {
  it.each([
    ["pause", "pauseDestination", DestinationState.PAUSED, "oncall is paused: an operator stopped it\n"],
    ["resume", "resumeDestination", DestinationState.STARTING, "oncall is starting: an operator stopped it\n"],
    ["drain", "drainDestination", DestinationState.DRAINING, "oncall is draining: an operator stopped it\n"],
  ] as const)("%s says what it does then", async (command, member, state, line) => {
    const control = { [member]: async (name: string) => destination({ name, state, reason: "an operator stopped it" }) };
    await using server = await startApiDouble({ control });
    expect(await tapioctl(["destinations", command, "oncall"], { server })).toMatchObject({ code: 0, out: line });
    expect(server.calls).toEqual([{ member, argument: "oncall" }]);
    const asJson = await tapioctl(["destinations", command, "oncall", "--json"], { server });
    expect(JSON.parse(asJson.out)).toMatchObject({ name: "oncall" });
  });

  it("that are refused say why in the gateway's words, and exit with 1", async () => {
    const refuse = (code: "not_found" | "not_now") => async () => Promise.reject(new ControlError(code, `oncall: ${code}, do this`));
    await using server = await startApiDouble({ control: { pauseDestination: refuse("not_found"), resumeDestination: refuse("not_now") } });
    const paused = await tapioctl(["destinations", "pause", "oncall"], { server });
    expect([paused.code, paused.err]).toEqual([1, "oncall: not_found, do this\n"]);
    const resumed = await tapioctl(["destinations", "resume", "oncall"], { server });
    expect([resumed.code, resumed.err]).toEqual([1, "oncall: not_now, do this\n"]);
  });

  it("drain --wait tells how it goes, and ends when the destination is paused", async () => {
    let lagRecords = 2_000n;
    const now = (): Destination =>
      destination({
        name: "oncall",
        lagRecords,
        lagBytes: 1_024n,
        state: lagRecords === 0n ? DestinationState.PAUSED : DestinationState.DRAINING,
      });
    await using server = await startApiDouble({ control: { drainDestination: async () => now(), listDestinations: async () => [now()] } });
    const ran = await tapioctl(["destinations", "drain", "oncall", "--wait"], { server, onSleep: () => (lagRecords -= 1_000n) });
    expect([ran.code, ran.out, ran.err]).toEqual([
      0,
      "oncall is paused\n",
      "oncall drains: 2,000 records, 1.0 KiB behind, 0 waiting, 0 parked\noncall drains: 1,000 records, 1.0 KiB behind, 0 waiting, 0 parked\n",
    ]);
  });

  it("drain --wait exits with 1 when it ends in another state", async () => {
    const answer = (state: DestinationState) => destination({ name: "oncall", state, reason: "the receiver wants no more" });
    const control = {
      drainDestination: async () => answer(DestinationState.DRAINING),
      listDestinations: async () => [answer(DestinationState.DISABLED)],
    };
    await using server = await startApiDouble({ control });
    const ran = await tapioctl(["destinations", "drain", "oncall", "--wait"], { server });
    expect([ran.code, ran.out]).toEqual([1, "oncall is disabled: the receiver wants no more\n"]);
  });
});

describe("tapioctl destinations skip", () => {
  const records = ["a", "b", "c"].map((id) => eventRecord({ id }));
  const control = {
    skipDestination: async ({ name, to }: SkipDestinationRequest) =>
      create(SkipDestinationResponseSchema, {
        skippedRecords: to?.at.case === "afterSequence" && to.at.value <= 1n ? 0n : 1_500n,
        destination: destination({ name, cursor: 3n }),
      }),
  };
  const skip = ["destinations", "skip", "oncall", "--to"];

  it("OPS-22, OPS-23: counts, asks, and skips exactly what it counted, though the head moves", async () => {
    await using server = await startApiDouble({ control, records });
    const ran = await tapioctl([...skip, "head"], { server, answers: ["y"] });
    expect([ran.code, ran.out]).toEqual([0, "oncall passed over 1,500 records: tapioctl dead-letters list --destination oncall\n"]);
    expect(ran.questions).toEqual([
      "oncall would pass over 1,500 records; they are kept as a range among its dead letters. Skip them? [y/N] ",
    ]);
    expect(server.calls).toMatchObject([
      { argument: { name: "oncall", to: { at: { case: "afterSequence", value: 3n } }, dryRun: true } },
      { argument: { name: "oncall", to: { at: { case: "afterSequence", value: 3n } }, dryRun: false } },
    ]);
  });

  it.each<[string, string[], string[] | undefined, number, string]>([
    ["the user says no", [], ["n"], 1, "nothing was changed\n"],
    ["the user says nothing", [], [""], 1, "nothing was changed\n"],
    [
      "nobody is there to ask",
      [],
      undefined,
      2,
      "not confirmed, nothing was changed: give --yes to go on without being asked, --dry-run to look only\n",
    ],
  ])("OPS-22: changes nothing when %s", async (_name, options, answers, code, err) => {
    await using server = await startApiDouble({ control, records });
    const ran = await tapioctl([...skip, "2", ...options], { server, ...(answers && { answers }) });
    expect([ran.code, ran.err, ran.out]).toEqual([code, err, ""]);
    expect(server.calls).toMatchObject([{ argument: { dryRun: true } }]);
  });

  it("OPS-22: only counts with --dry-run, and does not ask with --yes", async () => {
    await using server = await startApiDouble({ control, records });
    expect(await tapioctl([...skip, "2", "--dry-run"], { server })).toMatchObject({
      code: 0,
      out: "oncall would pass over 1,500 records\n",
    });
    expect(server.calls).toMatchObject([{ argument: { dryRun: true } }]);
    expect((await tapioctl([...skip, "2", "--yes"], { server })).code).toBe(0);
    expect(server.calls).toMatchObject([{}, { argument: { dryRun: true } }, { argument: { dryRun: false } }]);
  });

  it("has nothing to do where the cursor is there already", async () => {
    await using server = await startApiDouble({ control, records });
    expect(await tapioctl([...skip, "1"], { server })).toMatchObject({ code: 0, out: "oncall is there already: nothing to skip\n" });
    expect(server.calls).toMatchObject([{ argument: { dryRun: true } }]);
  });

  it("goes to a time, or to so long ago", async () => {
    await using server = await startApiDouble({ control, records });
    await tapioctl([...skip, "2026-11-01T11:59:00Z", "--dry-run"], { server });
    await tapioctl([...skip, "90s", "--dry-run"], { server });
    const seconds = server.calls.map(({ argument }) => {
      const { to } = argument as SkipDestinationRequest;
      return to?.at.case === "time" ? to.at.value.seconds : undefined;
    });
    expect(seconds).toEqual([1_793_534_340n, 1_793_534_310n]);
  });

  it("tells programs what it did, or would do", async () => {
    await using server = await startApiDouble({ control, records });
    const tried = await tapioctl([...skip, "2", "--dry-run", "--json"], { server });
    expect(JSON.parse(tried.out)).toMatchObject({ skippedRecords: "1500", dryRun: true, destination: { name: "oncall", cursor: "3" } });
    const done = await tapioctl([...skip, "2", "--yes", "--json"], { server });
    expect(JSON.parse(done.out)).toMatchObject({ skippedRecords: "1500", dryRun: false });
  });

  it.each([
    [["destinations", "skip", "oncall"], /required option '--to <place>' not specified/],
    [[...skip, "noon"], /^--to: "noon" is none of head, beginning, a sequence, a time/],
    [[...skip, "beginning"], /^--to: "beginning" is none of head, a sequence, a time: a cursor moves forward only\n$/],
  ])("%j is called wrongly", async (args, message) => {
    const ran = await tapioctl(args);
    expect([ran.code, ran.err]).toEqual([2, expect.stringMatching(message) as string]);
  });
});
