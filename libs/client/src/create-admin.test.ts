import { Code, ConnectError } from "@connectrpc/connect";
import { DestinationState, type ListDeadLettersRequest, type SkipDestinationRequest } from "@tapio/contracts/admin/v1/admin";
import { describe, expect, it } from "vitest";
import type { SubscribeStart } from "./tapio-client.ts";
import { positionText } from "./testdata/test-server.ts";
import { clientKinds, failure, withClient } from "./testdata/with-client.ts";

describe.each(clientKinds)("the admin calls over %s", (kind) => {
  it("list and steer destinations, with the token", async () => {
    const destination = (name: string, state: DestinationState) => ({ destination: { name, state } });
    const admin = {
      listDestinations: () => ({ destinations: [{ name: "a" }, { name: "b" }] }),
      pauseDestination: ({ name }: { name: string }) => destination(name, DestinationState.PAUSED),
      resumeDestination: ({ name }: { name: string }) => destination(name, DestinationState.RUNNING),
      drainDestination: ({ name }: { name: string }) => destination(name, DestinationState.DRAINING),
    };
    await withClient(kind, { admin }, async (client, server) => {
      expect((await client.admin.listDestinations()).map(({ name }) => name)).toEqual(["a", "b"]);
      expect(await client.admin.pauseDestination("a")).toMatchObject({ name: "a", state: DestinationState.PAUSED });
      expect(await client.admin.resumeDestination("b")).toMatchObject({ name: "b", state: DestinationState.RUNNING });
      expect(await client.admin.drainDestination("c")).toMatchObject({ name: "c", state: DestinationState.DRAINING });
      expect(server.headers.map((header) => header.get("authorization"))).toEqual(Array(4).fill("Bearer t0ken"));
    });
  });

  it("change only when they are not told to try, and say so", async () => {
    const seen: string[] = [];
    const note = (call: string, { dryRun }: { dryRun: boolean }): void => void seen.push(`${call} ${dryRun ? "dry" : "wet"}`);
    const admin = {
      skipDestination: (request: { dryRun: boolean }) => (note("skip", request), { skippedRecords: 7n }),
      replayDeadLetters: (request: { dryRun: boolean }) => (note("replay", request), { replayed: 3n }),
      discardDeadLetters: (request: { dryRun: boolean }) => (note("discard", request), { discarded: 2n }),
      reloadConfig: (request: { dryRun: boolean }) => (note("reload", request), { added: ["x"] }),
    };
    await withClient(kind, { admin }, async ({ admin: calls }) => {
      for (const options of [{ dryRun: true }, {}]) {
        expect(await calls.skipDestination("a", "head", options)).toMatchObject({ skippedRecords: 7n });
        expect(await calls.replayDeadLetters({}, options)).toMatchObject({ replayed: 3n });
        expect(await calls.discardDeadLetters({}, options)).toMatchObject({ discarded: 2n });
        expect(await calls.reloadConfig(options)).toMatchObject({ added: ["x"] });
      }
    });
    expect(seen).toEqual(["skip dry", "replay dry", "discard dry", "reload dry", "skip wet", "replay wet", "discard wet", "reload wet"]);
  });

  it("explain a record", async () => {
    const explain = ({ id }: { id: string }) => ({ deliveries: [{ destination: "oncall", reason: `of ${id}` }] });
    await withClient(kind, { admin: { explain } }, async ({ admin }) => {
      expect(await admin.explain("event-1")).toMatchObject({ deliveries: [{ destination: "oncall", reason: "of event-1" }] });
    });
  });

  it("read dead letters page by page, as they are asked for", async () => {
    const asked: ListDeadLettersRequest[] = [];
    const listDeadLetters = (request: ListDeadLettersRequest) => {
      asked.push(request);
      const isLast = request.pageToken === "2";
      return { deadLetters: [{ message: `first of ${request.pageToken}` }, { message: "second" }], nextPageToken: isLast ? "" : "2" };
    };
    await withClient(kind, { admin: { listDeadLetters } }, async ({ admin }) => {
      const messages: string[] = [];
      for await (const { message } of admin.deadLetters({ destination: "oncall" })) {
        messages.push(message);
        if (messages.length < 3) expect(asked.length).toBe(1);
      }
      expect(messages).toEqual(["first of ", "second", "first of 2", "second"]);
      expect(asked.map(({ selector, pageSize, pageToken }) => [selector?.destination, pageSize, pageToken])).toEqual([
        ["oncall", 1_000, ""],
        ["oncall", 1_000, "2"],
      ]);
    });
  });

  it("fail with the server's code and words", async () => {
    const pauseDestination = (): never => {
      throw new ConnectError("destination x: is gone", Code.FailedPrecondition);
    };
    await withClient(kind, { admin: { pauseDestination } }, async ({ admin }) => {
      const error = await failure(admin.pauseDestination("x"));
      expect([error.code, error.message]).toEqual(["failed_precondition", "destination x: is gone"]);
      expect((await failure(admin.explain("x"))).code).toBe("unimplemented");
    });
  });
});

describe("the admin calls", () => {
  it.each<[SubscribeStart, string]>([
    ["head", "head"],
    ["beginning", "beginning"],
    [{ afterSequence: 9 }, "after 9"],
    [{ timeMs: 1_500 }, "time"],
  ])("skip to %j", async (to, expected) => {
    const asked: SkipDestinationRequest[] = [];
    const skipDestination = (request: SkipDestinationRequest) => (asked.push(request), {});
    await withClient("grpc", { admin: { skipDestination } }, async ({ admin }) => void (await admin.skipDestination("a", to)));
    expect(asked.map((request) => [request.name, positionText(request.to)])).toEqual([["a", expected]]);
  });

  it("say of a place that is none that it is the call's failure", async () => {
    await withClient("grpc", {}, async ({ admin }) => {
      expect((await failure(admin.skipDestination("a", { afterSequence: 1.5 }))).code).toBe("unknown");
    });
  });

  it("do not take an answer without a destination for one", async () => {
    await withClient("grpc", { admin: { pauseDestination: () => ({}) } }, async ({ admin }) => {
      const error = await failure(admin.pauseDestination("a"));
      expect([error.code, error.message]).toEqual(["internal", "the server's answer lacks the destination"]);
    });
  });
});
