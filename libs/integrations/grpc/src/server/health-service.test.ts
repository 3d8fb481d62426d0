import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@tapio/contracts/grpc/health/v1/health";
import { createFakeClock, within } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { startApiServer } from "../testdata/api-server.ts";

const services = [
  "",
  "tapio.ingest.v1.IngestService",
  "tapio.subscribe.v1.SubscribeService",
  "tapio.query.v1.QueryService",
  "tapio.admin.v1.AdminService",
];

describe("grpc.health.v1", () => {
  it("says SERVING of the server and of each service while it is ready, and NOT_SERVING while it is not", async () => {
    await using server = await startApiServer();
    const client = createClient(Health, server.transport("grpc"));
    for (const ready of [true, false]) {
      server.ready = ready;
      for (const service of services) expect((await client.check({ service })).status).toBe(ready ? Status.SERVING : Status.NOT_SERVING);
    }
    const { statuses } = await client.list({});
    expect(Object.keys(statuses)).toEqual(services);
    expect(statuses[""]?.status).toBe(Status.NOT_SERVING);
  });

  it("does not know other services", async () => {
    await using server = await startApiServer();
    const client = createClient(Health, server.transport("grpc"));
    const reason: unknown = await client.check({ service: "tapio.admin.v2.AdminService" }).catch((error: unknown) => error);
    expect(ConnectError.from(reason).code).toBe(Code.NotFound);
    const cancel = new AbortController();
    const watch = client.watch({ service: "other" }, { signal: cancel.signal })[Symbol.asyncIterator]();
    expect((await within(watch.next(), "the status")).value).toMatchObject({ status: Status.SERVICE_UNKNOWN });
    cancel.abort();
  });

  it("tells a watcher when the status changes, and only then, until the server stops", async () => {
    const clock = createFakeClock();
    await using server = await startApiServer({ clock });
    const watch = createClient(Health, server.transport("grpc")).watch({})[Symbol.asyncIterator]();
    expect((await within(watch.next(), "the status")).value).toMatchObject({ status: Status.SERVING });
    const change = watch.next();
    for (const ready of [true, true, false]) {
      await within(clock.untilSleeping(), "the watch's wait");
      server.ready = ready;
      await clock.advance(1_000);
    }
    expect((await within(change, "the change")).value).toMatchObject({ status: Status.NOT_SERVING });
    server.ready = true;
    const end = watch.next();
    await within(clock.untilSleeping(), "the watch's wait");
    server.shutDown();
    const reason: unknown = await within(
      end.then(
        () => undefined,
        (error: unknown) => error,
      ),
      "the end",
    );
    expect(ConnectError.from(reason).code).toBe(Code.Unavailable);
    expect(clock.sleeperCount()).toBe(0);
  });

  it("says NOT_SERVING while the server stops", async () => {
    await using server = await startApiServer();
    const client = createClient(Health, server.transport("connect"));
    server.shutDown();
    expect((await client.check({})).status).toBe(Status.NOT_SERVING);
  });
});
