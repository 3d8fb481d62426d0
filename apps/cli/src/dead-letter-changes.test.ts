import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  DiscardDeadLettersResponseSchema,
  ListDeadLettersResponseSchema,
  ReplayDeadLettersResponseSchema,
} from "@tapio/contracts/admin/v1/admin";
import type { DeliveryControl } from "@tapio/integration-grpc";
import { describe, expect, it } from "vitest";
import { startApiDouble } from "../test/api-double.ts";
import { tapioctl } from "./testdata/tapioctl.ts";

describe("tapioctl dead-letters replay", () => {
  const possible = { destination: "oncall", replayed: 1_203n, wouldSkip: 3n, gone: 7n, configHash: "3f9a" };
  const impossible = { destination: "old", problem: "it is not configured any more" };
  const answering = (...destinations: MessageInitShape<typeof ReplayDeadLettersResponseSchema>["destinations"] & object) => ({
    replayDeadLetters: async () =>
      create(ReplayDeadLettersResponseSchema, {
        replayed: destinations.some(({ replayed = 0n }) => replayed > 0n) ? 1_203n : 0n,
        destinations: [...destinations],
      }),
  });
  const replay = ["dead-letters", "replay", "--destination", "oncall"];

  it("OPS-22: tries first, shows what would happen, asks, and then does it", async () => {
    await using server = await startApiDouble({ control: answering(possible) });
    const ran = await tapioctl(replay, { server, answers: ["yes"] });
    expect([ran.code, ran.questions, ran.out.split("\n")]).toEqual([
      0,
      ["Deliver 1,203 records again? [y/N] "],
      [
        "DESTINATION  TO REPLAY  OUTSIDE TODAY'S FILTER  GONE  CONFIGURATION",
        "oncall           1,203                       3     7  3f9a",
        "",
        "a replay delivers what is outside today's filter all the same",
        "gone: removed from the journal by retention, these cannot come back",
        "1,203 records are being delivered again: tapioctl destinations shows how it goes",
        "",
      ],
    ]);
    expect(server.calls).toMatchObject([
      { argument: { selector: { destination: "oncall" }, dryRun: true } },
      { argument: { selector: { destination: "oncall" }, dryRun: false } },
    ]);
  });

  it.each<[string, string[], string[] | undefined, number]>([
    ["it is only tried", ["--dry-run"], undefined, 0],
    ["the user says no", [], ["n"], 1],
    ["nobody is there to ask", [], undefined, 2],
  ])("OPS-22: changes nothing when %s", async (_name, options, answers, code) => {
    await using server = await startApiDouble({ control: answering(possible) });
    expect((await tapioctl([...replay, ...options], { server, ...(answers && { answers }) })).code).toBe(code);
    expect(server.calls).toMatchObject([{ argument: { dryRun: true } }]);
  });

  it("does the others where one cannot be replayed, says why, and exits with 1", async () => {
    await using server = await startApiDouble({ control: answering(impossible, possible) });
    const ran = await tapioctl([...replay, "--yes"], { server });
    expect([ran.code, server.calls.length]).toEqual([1, 2]);
    expect(ran.out).toContain("\nold cannot be replayed now: it is not configured any more\n");
  });

  it("asks nothing where nothing can be done", async () => {
    await using server = await startApiDouble({ control: answering(impossible) });
    expect(await tapioctl(replay, { server, answers: ["y"] })).toMatchObject({ code: 1, questions: [] });
    await using empty = await startApiDouble({ control: answering() });
    expect(await tapioctl(replay, { server: empty, answers: ["y"] })).toMatchObject({
      code: 0,
      questions: [],
      out: "no dead letters to replay\n",
    });
  });

  it("OPS-21: gives programs one object, for a trial as for the thing itself", async () => {
    await using server = await startApiDouble({ control: answering(possible) });
    const tried = JSON.parse((await tapioctl([...replay, "--dry-run", "--json"], { server })).out) as unknown;
    expect(tried).toMatchObject({ dryRun: true, replayed: "1203", destinations: [{ destination: "oncall", wouldSkip: "3" }] });
    const done = JSON.parse((await tapioctl([...replay, "--yes", "--json"], { server })).out) as unknown;
    expect(done).toMatchObject({ dryRun: false, replayed: "1203" });
  });

  it("OPS-25: wants to hear that all are meant", async () => {
    await using server = await startApiDouble({ control: answering(possible) });
    const ran = await tapioctl(["dead-letters", "replay", "--yes"], { server });
    expect([ran.code, ran.err]).toEqual([
      2,
      "say which dead letters: --destination, --id, --code, a range, a filter, or --all for all of them\n",
    ]);
    expect((await tapioctl(["dead-letters", "replay", "--all", "--yes"], { server })).code).toBe(0);
    expect(server.calls).toMatchObject([{ argument: { selector: { destination: "", ids: [] } } }, {}]);
  });
});

describe("tapioctl dead-letters discard", () => {
  /** Each call of discard is answered with the next count. */
  const counting = (...counts: bigint[]): Partial<DeliveryControl> => ({
    discardDeadLetters: async () => create(DiscardDeadLettersResponseSchema, { discarded: counts.shift() ?? 0n }),
    listDeadLetters: async () => create(ListDeadLettersResponseSchema, { countsByCode: { timeout: 2n, record_invalid: 10n } }),
    replayDeadLetters: async () => create(ReplayDeadLettersResponseSchema, { replayed: 11n, wouldSkip: 4n }),
  });
  const discard = ["dead-letters", "discard", "--destination", "oncall"];

  it("counts, says what a replay would do, asks, and then discards", async () => {
    await using server = await startApiDouble({ control: counting(12n, 12n, 12n) });
    const ran = await tapioctl(discard, { server, answers: ["y"] });
    expect([ran.code, ran.questions, ran.out.split("\n")]).toEqual([
      0,
      ["Discard 12 dead letters for good? [y/N] "],
      [
        "CODE            DEAD",
        "record_invalid    10",
        "timeout            2",
        "",
        "A replay would deliver 11 records instead; today's filters take 7 of them.",
        "12 dead letters were discarded",
        "",
      ],
    ]);
    expect(server.calls.filter(({ member }) => member === "discardDeadLetters")).toMatchObject([
      { argument: { dryRun: true } },
      { argument: { dryRun: true } },
      { argument: { selector: { destination: "oncall" }, dryRun: false } },
    ]);
    expect(server.calls.filter(({ member }) => member === "replayDeadLetters")).toMatchObject([{ argument: { dryRun: true } }]);
  });

  it("OPS-24: asks again when there are more by the time of the answer", async () => {
    await using server = await startApiDouble({ control: counting(12n, 15n, 15n) });
    const ran = await tapioctl(discard, { server, answers: ["y", "n"] });
    expect([ran.code, ran.questions, ran.err]).toEqual([
      1,
      ["Discard 12 dead letters for good? [y/N] ", "Discard 15 dead letters for good? [y/N] "],
      "meanwhile there are 15\nnothing was changed\n",
    ]);
    const calls = server.calls.filter(({ member }) => member === "discardDeadLetters");
    expect(calls.every(({ argument }) => (argument as { dryRun: boolean }).dryRun)).toBe(true);
  });

  it("does not ask with --yes, changes nothing with --dry-run, and has nothing to do with none", async () => {
    await using server = await startApiDouble({ control: counting(12n, 11n, 12n, 0n) });
    const done = await tapioctl([...discard, "--yes", "--json"], { server });
    expect([done.code, JSON.parse(done.out)]).toEqual([0, { discarded: "11", dryRun: false }]);
    const tried = await tapioctl([...discard, "--dry-run", "--json"], { server });
    expect([tried.code, JSON.parse(tried.out)]).toEqual([0, { discarded: "12", dryRun: true }]);
    expect(await tapioctl(discard, { server })).toMatchObject({ code: 0, out: "no dead letters to discard\n" });
  });
});
