import { randomBytes } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Client, type Transport } from "@connectrpc/connect";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { Severity } from "@tapio/contracts/domain/v1/types";
import { RawSubscribeResponseSchema } from "@tapio/contracts/subscribe/raw/v1/raw";
import { SubscribeService, type SubscribeResponse } from "@tapio/contracts/subscribe/v1/subscribe";
import { sampleEvent, within } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { startApiServer, testedProtocols, type ApiServer } from "../testdata/api-server.ts";

const eventBytes = (id: string, severity: Severity = Severity.ERROR): Uint8Array =>
  toBinary(RecordSchema, create(RecordSchema, { kind: { case: "event", value: sampleEvent({ id, severity }) } }));

type SubscribeInit = Parameters<Client<typeof SubscribeService>["subscribe"]>[0];

/** The steps as text: `a#1` a record, `@1/2` progress. */
function stepsOf(transport: Transport, request: SubscribeInit, signal?: AbortSignal): { next(): Promise<string>; end(): Promise<void> } {
  const stream = createClient(SubscribeService, transport).subscribe(request, signal === undefined ? {} : { signal });
  const steps = stream[Symbol.asyncIterator]();
  return {
    next: async () => {
      const step = await within(steps.next(), "the next step");
      return step.done === true ? "end" : asText(step.value);
    },
    end: async () => void (await steps.return?.()),
  };
}

function asText({ step }: SubscribeResponse): string {
  if (step.case === "progress") {
    const { sequence, headSequence, lost } = step.value;
    return `@${sequence}/${headSequence}${lost === undefined ? "" : ` lost ${lost.fromSequence}-${lost.toSequence}`}`;
  }
  const kind = step.value?.record?.kind;
  return `${kind?.case === "event" ? kind.value.id : "?"}#${step.value?.sequence}`;
}

async function nextSteps(steps: { next(): Promise<string> }, count: number): Promise<string[]> {
  const texts: string[] = [];
  for (let index = 0; index < count; index += 1) texts.push(await steps.next());
  return texts;
}

async function failure(promise: Promise<unknown>): Promise<ConnectError> {
  return ConnectError.from(
    await within(
      promise.then(
        () => new Error("the call did not fail"),
        (reason: unknown) => reason,
      ),
      "the call",
    ),
  );
}

function fill(server: ApiServer): void {
  server.log.append(eventBytes("a"), 1_000);
  server.log.append(eventBytes("b", Severity.INFO), 2_000);
  server.log.append(eventBytes("c"), 3_000);
}

describe.each(testedProtocols)("Subscribe over %s", (protocol) => {
  it("streams the journal and then what comes", async () => {
    await using server = await startApiServer();
    fill(server);
    const steps = stepsOf(server.transport(protocol), { start: { at: { case: "beginning", value: {} } } });
    expect(await nextSteps(steps, 4)).toEqual(["@0/3", "a#1", "b#2", "c#3"]);
    const live = steps.next();
    server.log.append(eventBytes("d"));
    expect(await live).toBe("d#4");
    await steps.end();
  });

  it("streams only what the filter takes", async () => {
    await using server = await startApiServer();
    fill(server);
    const steps = stepsOf(server.transport(protocol), {
      start: { at: { case: "beginning", value: {} } },
      filter: { minSeverity: Severity.WARNING },
    });
    expect(await nextSteps(steps, 3)).toEqual(["@0/3", "a#1", "c#3"]);
    await steps.end();
  });

  it("ends with UNAVAILABLE when the server stops", async () => {
    await using server = await startApiServer();
    const steps = stepsOf(server.transport(protocol), {});
    expect(await steps.next()).toBe("@0/0");
    const step = failure(steps.next());
    server.shutDown();
    const error = await step;
    expect([error.code, error.rawMessage]).toEqual([Code.Unavailable, "the server is stopping; connect again"]);
  });

  it("lets go of everything when the client cancels", async () => {
    await using server = await startApiServer();
    const cancel = new AbortController();
    const steps = stepsOf(server.transport(protocol), {}, cancel.signal);
    expect(await steps.next()).toBe("@0/0");
    const step = failure(steps.next());
    await expect.poll(() => server.log.waiterCount()).toBe(1);
    cancel.abort();
    expect((await step).code).toBe(Code.Canceled);
    await expect.poll(() => server.log.waiterCount()).toBe(0);
  });

  it("answers a filter that is wrong with INVALID_ARGUMENT that names the field", async () => {
    await using server = await startApiServer();
    const transport = server.transport(protocol);
    const expression = await failure(stepsOf(transport, { filter: { expression: "event.severity ==" } }).next());
    expect([expression.code, expression.rawMessage.startsWith("filter.expression: ")]).toEqual([Code.InvalidArgument, true]);
    const interval = await failure(stepsOf(transport, { progressInterval: { seconds: 0n, nanos: 5 } }).next());
    expect([interval.code, interval.rawMessage.startsWith("progress_interval: ")]).toEqual([Code.InvalidArgument, true]);
  });
});

describe("Subscribe", () => {
  it.each([
    ["the head, when nothing is said", undefined, ["@3/3", "d#4"]],
    ["the head", { case: "head", value: {} }, ["@3/3", "d#4"]],
    ["after a sequence", { case: "afterSequence", value: 2n }, ["@2/3", "c#3"]],
    ["a time between two records", { case: "time", value: timestampFromMs(1_500) }, ["@1/3", "b#2"]],
    ["the very time of a record", { case: "time", value: timestampFromMs(2_000) }, ["@1/3", "b#2"]],
    ["a nanosecond later", { case: "time", value: { seconds: 2n, nanos: 1 } }, ["@2/3", "c#3"]],
    ["a time before all", { case: "time", value: timestampFromMs(0) }, ["@0/3", "a#1"]],
    ["a time to come", { case: "time", value: timestampFromMs(9_000) }, ["@3/3", "d#4"]],
  ] as const)("starts at %s", async (_what, at, expected) => {
    await using server = await startApiServer();
    fill(server);
    const steps = stepsOf(server.transport("connect"), at === undefined ? {} : { start: { at } });
    const first = await steps.next();
    server.log.append(eventBytes("d"), 4_000);
    expect([first, await steps.next()]).toEqual(expected);
    await steps.end();
  });

  it("says which records retention has removed", async () => {
    await using server = await startApiServer();
    fill(server);
    server.log.trimTo(2);
    const resumed = stepsOf(server.transport("connect"), { start: { at: { case: "afterSequence", value: 1n } } });
    expect(await nextSteps(resumed, 2)).toEqual(["@2/3 lost 2-2", "c#3"]);
    const begun = stepsOf(server.transport("connect json"), { start: { at: { case: "beginning", value: {} } } });
    expect(await nextSteps(begun, 2)).toEqual(["@2/3", "c#3"]);
    await Promise.all([resumed.end(), begun.end()]);
  });

  it("refuses the position of another journal", async () => {
    await using server = await startApiServer();
    fill(server);
    const error = await failure(stepsOf(server.transport("grpc"), { start: { at: { case: "afterSequence", value: 4n } } }).next());
    expect(error.code).toBe(Code.OutOfRange);
    expect(error.rawMessage).toMatch(/^start\.after_sequence: 4 is beyond the journal's newest sequence 3/);
  });

  it("needs one position when one is given", async () => {
    await using server = await startApiServer();
    const error = await failure(stepsOf(server.transport("grpc"), { start: {} }).next());
    expect([error.code, error.rawMessage]).toEqual([Code.InvalidArgument, expect.stringContaining("start.at")]);
  });

  it("sends the bytes of a record as they came in", async () => {
    await using server = await startApiServer();
    const odd = new Uint8Array([...eventBytes("a"), 0x9a, 0x06, 0x01, 0x78]);
    server.log.append(odd);
    const method = { ...SubscribeService.method.subscribe, output: RawSubscribeResponseSchema };
    async function* request(): AsyncGenerator<{ start: { at: { case: "beginning"; value: object } } }> {
      yield { start: { at: { case: "beginning", value: {} } } };
    }
    const cancel = new AbortController();
    const response = await server.transport("grpc").stream(method, cancel.signal, undefined, undefined, request());
    for await (const { step } of response.message) {
      if (step.case !== "record") continue;
      expect(Buffer.from(step.value.record).toString("hex")).toBe(Buffer.from(odd).toString("hex"));
      expect(step.value.acceptedTime?.seconds).toBe(1n);
      break;
    }
    cancel.abort();
  });

  it("reads on only when a slow client does", async () => {
    await using server = await startApiServer();
    // Random, so that gzip cannot make it small.
    const message = randomBytes(25_000).toString("hex");
    const big = toBinary(RecordSchema, create(RecordSchema, { kind: { case: "event", value: sampleEvent({ message }) } }));
    for (let index = 0; index < 400; index += 1) server.log.append(big);
    const steps = stepsOf(server.transport("grpc"), { start: { at: { case: "beginning", value: {} } } });
    expect(await nextSteps(steps, 2)).toEqual(["@0/400", "event-1#1"]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(server.log.readCount()).toBeLessThan(4);
    expect((await nextSteps(steps, 399)).at(-1)).toBe("event-1#400");
    await steps.end();
  });

  it("passes over a record that cannot be read, for those who need it decoded, and logs it", async () => {
    await using server = await startApiServer();
    server.log.append(new Uint8Array([0xff]));
    server.log.append(eventBytes("a"));
    const steps = stepsOf(server.transport("connect json"), { start: { at: { case: "beginning", value: {} } } });
    expect(await nextSteps(steps, 2)).toEqual(["@0/2", "a#2"]);
    expect(server.logger.entries.map(({ message, fields }) => [message, fields["sequence"]])).toEqual([
      ["a record of the journal cannot be read", 1],
    ]);
    await steps.end();
  });

  it("has a bounded number of places, and gives them back", async () => {
    await using server = await startApiServer({ maxSubscribers: 1 });
    const cancel = new AbortController();
    const steps = stepsOf(server.transport("grpc"), {}, cancel.signal);
    await steps.next();
    const error = await failure(stepsOf(server.transport("grpc"), {}).next());
    expect([error.code, error.rawMessage]).toEqual([Code.ResourceExhausted, "all 1 places for subscribers are taken; come again later"]);
    expect(error.metadata.get("retry-after-ms")).toBe("5000");
    cancel.abort();
    await expect
      .poll(
        async () =>
          await stepsOf(server.transport("grpc"), {})
            .next()
            .catch((reason: unknown) => ConnectError.from(reason).code),
      )
      .toBe("@0/0");
  });

  it("says UNAVAILABLE when the journal fails", async () => {
    await using server = await startApiServer();
    server.log.failNextRead(Object.assign(new Error("closed"), { name: "JournalError" }));
    const steps = stepsOf(server.transport("grpc"), {});
    await steps.next();
    expect((await failure(steps.next())).code).toBe(Code.Unavailable);
  });

  it("has no durable subscriptions yet, and says so", async () => {
    await using server = await startApiServer();
    const client = createClient(SubscribeService, server.transport("grpc"));
    for (const call of [
      client.claim({ subscription: "s" }),
      client.ack({ subscription: "s", leaseIds: ["1"] }),
      client.release({ subscription: "s", leaseIds: ["1"] }),
    ]) {
      const error = await failure(call);
      expect([error.code, error.rawMessage]).toEqual([
        Code.Unimplemented,
        "durable subscriptions are not available in this version; use Subscribe and keep the position",
      ]);
    }
  });
});
