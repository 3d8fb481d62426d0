import { Code, ConnectError, createClient, type Client } from "@connectrpc/connect";
import { AdminService, DestinationState } from "@tapio/contracts/admin/v1/admin";
import { ControlError } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { startApiServer, type ApiServer, type TestedProtocol } from "../testdata/api-server.ts";

type Admin = Client<typeof AdminService>;

function adminOf(server: ApiServer, protocol: TestedProtocol = "grpc"): Admin {
  return createClient(AdminService, server.transport(protocol));
}

async function failure(call: Promise<unknown>): Promise<[Code, string]> {
  const error = ConnectError.from(
    await call.then(
      () => new Error("the call did not fail"),
      (reason: unknown) => reason,
    ),
  );
  return [error.code, error.rawMessage];
}

describe("AdminService", () => {
  it.each(["grpc", "connect json"] as const)("lists, pauses, resumes and drains destinations over %s", async (protocol) => {
    await using server = await startApiServer();
    const admin = adminOf(server, protocol);
    expect(await admin.listDestinations({})).toMatchObject({ destinations: [{ name: "oncall", state: DestinationState.RUNNING }] });
    expect(await admin.pauseDestination({ name: "a" })).toMatchObject({ destination: { name: "a", state: DestinationState.PAUSED } });
    expect(await admin.resumeDestination({ name: "b" })).toMatchObject({ destination: { name: "b", state: DestinationState.RUNNING } });
    expect(await admin.drainDestination({ name: "c" })).toMatchObject({ destination: { name: "c", state: DestinationState.DRAINING } });
    expect(server.control.calls).toEqual([
      { member: "listDestinations", argument: undefined },
      { member: "pauseDestination", argument: "a" },
      { member: "resumeDestination", argument: "b" },
      { member: "drainDestination", argument: "c" },
    ]);
  });

  it("hands requests on whole, and gives back what it was answered", async () => {
    await using server = await startApiServer();
    const admin = adminOf(server);
    const selector = {
      destination: "oncall",
      ids: ["a", "b"],
      codes: ["timeout"],
      fromSequence: 3n,
      toSequence: 3n,
      filter: { types: ["x.**"] },
    };
    expect(await admin.skipDestination({ name: "oncall", to: { at: { case: "afterSequence", value: 9n } }, dryRun: true })).toMatchObject({
      skippedRecords: 7n,
    });
    expect(await admin.explain({ id: "event-1" })).toMatchObject({ deliveries: [{ destination: "oncall", reason: "of event-1" }] });
    expect(await admin.listDeadLetters({ selector, pageSize: 5, pageToken: "t" })).toMatchObject({
      countsByCode: { timeout: 3n },
      nextPageToken: "more",
    });
    expect(await admin.replayDeadLetters({ selector, dryRun: true })).toMatchObject({ replayed: 3n, wouldSkip: 1n });
    expect(await admin.discardDeadLetters({ selector, dryRun: true })).toMatchObject({ discarded: 2n });
    expect(await admin.reloadConfig({ dryRun: true })).toMatchObject({ added: ["a"], changed: ["b"], removed: ["c"] });
    expect(server.control.calls).toMatchObject([
      { argument: { name: "oncall", to: { at: { case: "afterSequence", value: 9n } }, dryRun: true } },
      { argument: "event-1" },
      { argument: { selector, pageSize: 5, pageToken: "t" } },
      { argument: { selector, dryRun: true } },
      { argument: { selector, dryRun: true } },
      { argument: { dryRun: true } },
    ]);
  });

  it.each([
    ["not_found", Code.NotFound],
    ["invalid", Code.InvalidArgument],
    ["not_now", Code.FailedPrecondition],
  ] as const)("OPS-2: answers a control that says %s with code %i and its words, and logs no failure", async (code, expected) => {
    await using server = await startApiServer();
    server.control.failure = new ControlError(code, "destination x: do that");
    expect(await failure(adminOf(server).pauseDestination({ name: "x" }))).toEqual([expected, "destination x: do that"]);
    expect(server.logger.entries).toEqual([]);
  });

  it("OPS-4: keeps the words of a failure that is a bug out of the answer, and logs it", async () => {
    await using server = await startApiServer();
    server.control.failure = new TypeError("secret");
    expect(await failure(adminOf(server).explain({ id: "a" }))).toEqual([Code.Internal, "internal error"]);
    expect(server.logger.entries).toMatchObject([{ level: "error", fields: { rpc: "tapio.admin.v1.AdminService/Explain" } }]);
  });

  it("OPS-3, OPS-4: logs what was changed, and neither dry runs nor looks", async () => {
    await using server = await startApiServer();
    const admin = adminOf(server);
    const to = { at: { case: "head", value: {} } } as const;
    for (const dryRun of [true, false]) {
      await admin.skipDestination({ name: "a", to, dryRun });
      await admin.replayDeadLetters({ selector: {}, dryRun });
      await admin.discardDeadLetters({ selector: {}, dryRun });
      await admin.reloadConfig({ dryRun });
    }
    await admin.listDestinations({});
    await admin.listDeadLetters({});
    await admin.explain({ id: "a" });
    await admin.pauseDestination({ name: "a" });
    await admin.resumeDestination({ name: "a" });
    await admin.drainDestination({ name: "a" });
    expect(server.logger.entries.map(({ level, fields, message }) => ({ level, fields, message }))).toEqual(
      [
        { call: "skipDestination", destination: "a", skippedRecords: 7 },
        { call: "replayDeadLetters", replayed: 3 },
        { call: "discardDeadLetters", discarded: 2 },
        { call: "reloadConfig", added: ["a"], restarted: ["b"], removed: ["c"] },
        { call: "pauseDestination", destination: "a" },
        { call: "resumeDestination", destination: "a" },
        { call: "drainDestination", destination: "a" },
      ].map((fields) => ({ level: "info", fields, message: "an operator changed deliveries" })),
    );
  });

  it.each<[string, (admin: Admin) => Promise<unknown>]>([
    ["name: ", (admin) => admin.pauseDestination({})],
    ["name: ", (admin) => admin.resumeDestination({})],
    ["name: ", (admin) => admin.drainDestination({})],
    ["to: ", (admin) => admin.skipDestination({ name: "a" })],
    ["to.at: ", (admin) => admin.skipDestination({ name: "a", to: {} })],
    ["id: ", (admin) => admin.explain({ id: "no id" })],
    ["page_size: ", (admin) => admin.listDeadLetters({ pageSize: 1_001 })],
    ["selector: ", (admin) => admin.replayDeadLetters({})],
    ["selector: ", (admin) => admin.discardDeadLetters({})],
    ["selector.ids: ", (admin) => admin.discardDeadLetters({ selector: { ids: Array<string>(1_001).fill("a") } })],
    ["selector.filter.kinds[0]: ", (admin) => admin.replayDeadLetters({ selector: { filter: { kinds: [0] } } })],
    ["selector.filter.expression: ", (admin) => admin.listDeadLetters({ selector: { filter: { expression: "(" } } })],
    ["selector.filter.expression: ", (admin) => admin.replayDeadLetters({ selector: { filter: { expression: "(" } } })],
    ["selector.filter.types[1]: ", (admin) => admin.discardDeadLetters({ selector: { filter: { types: ["a", "a..b"] } } })],
    [
      "selector.to_sequence: 4 is below selector.from_sequence 5",
      (admin) => admin.discardDeadLetters({ selector: { fromSequence: 5n, toSequence: 4n } }),
    ],
    [
      "selector.to_time: is not after selector.from_time",
      (admin) => admin.replayDeadLetters({ selector: { fromTime: { seconds: 5n, nanos: 1 }, toTime: { seconds: 5n, nanos: 1 } } }),
    ],
  ])("OPS-1: refuses a bad request with INVALID_ARGUMENT that begins with %j, and does nothing", async (field, call) => {
    await using server = await startApiServer();
    const [code, message] = await failure(call(adminOf(server)));
    expect(code).toBe(Code.InvalidArgument);
    expect(message.slice(0, field.length)).toBe(field);
    expect(server.control.calls).toEqual([]);
  });

  it("takes a range of one sequence, one without an end, and one of a nanosecond", async () => {
    await using server = await startApiServer();
    const admin = adminOf(server);
    await admin.discardDeadLetters({ selector: { fromSequence: 5n, toSequence: 5n } });
    await admin.discardDeadLetters({ selector: { fromSequence: 5n, toSequence: 0n } });
    await admin.discardDeadLetters({ selector: { fromTime: { seconds: 5n, nanos: 1 }, toTime: { seconds: 5n, nanos: 2 } } });
    expect(server.control.calls.length).toBe(3);
  });

  it("OPS-1: refuses JSON with a key that it does not know: a mistyped dry_run would discard", async () => {
    await using server = await startApiServer();
    const response = await fetch(`${server.http1Url}/tapio.admin.v1.AdminService/DiscardDeadLetters`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"selector": {}, "dry_rnu": true}',
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      { code: "invalid_argument", message: expect.stringContaining("dry_rnu") as string },
    ]);
    expect(server.control.calls).toEqual([]);
  });
});
