import { afterEach, expect, it } from "vitest";
import { within } from "../time/within.ts";
import { createHttpReceiver, type HttpReceiver, type HttpReceiverOptions } from "./http-receiver.ts";

const open: HttpReceiver[] = [];

async function start(options?: HttpReceiverOptions): Promise<HttpReceiver> {
  const receiver = await createHttpReceiver(options);
  open.push(receiver);
  return receiver;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((receiver) => receiver.close()));
});

function post(receiver: HttpReceiver, body: string | Uint8Array<ArrayBuffer> = "body", signal?: AbortSignal): Promise<Response> {
  return fetch(`${receiver.url}/hook?x=1`, { method: "POST", body, headers: { "X-Mark": "a" }, signal: signal ?? null });
}

it("keeps a request's raw bytes, headers and path, and answers as it is told", async () => {
  const receiver = await start({ respond: ({ body }) => ({ status: 202, headers: { "x-size": String(body.length) }, body: "ok" }) });
  const bytes = Uint8Array.of(0, 255, 10, 13);
  const response = await post(receiver, bytes);
  expect([response.status, response.headers.get("x-size"), await response.text()]).toEqual([202, "4", "ok"]);
  const [request] = receiver.requests;
  expect(request).toMatchObject({ method: "POST", path: "/hook?x=1", mode: "accept" });
  expect(request?.body).toEqual(bytes);
  expect(request?.headers["x-mark"]).toBe("a");
});

it.each([
  ["refuse_record", 400, null],
  ["unavailable", 503, null],
  ["throttle", 429, "2"],
  ["deny", 401, null],
  ["gone", 410, null],
] as const)("in mode %s it answers %i", async (mode, status, retryAfter) => {
  const receiver = await start();
  receiver.behave(mode);
  const response = await post(receiver);
  expect([response.status, response.headers.get("retry-after")]).toEqual([status, retryAfter]);
  expect(receiver.requests).toHaveLength(1);
  expect(receiver.accepted()).toHaveLength(0);
});

it("an answer of a mode can be replaced", async () => {
  const receiver = await start({ answers: { deny: { status: 403 } } });
  receiver.behave("deny");
  expect((await post(receiver)).status).toBe(403);
});

it("hangs until the client gives up, and closes all the same", async () => {
  const receiver = await start();
  receiver.behave("hang");
  const hanging = post(receiver);
  const outcome = expect(hanging).rejects.toThrow();
  await within(receiver.untilRequests(1), "the request");
  await within(receiver.close(), "close with a request open");
  await outcome;
});

it("resets the connection after the request, and serves the next", async () => {
  const receiver = await start();
  receiver.behave("reset");
  await expect(post(receiver)).rejects.toThrow();
  receiver.behave("accept");
  expect((await post(receiver)).status).toBe(200);
  expect(receiver.requests.map(({ mode }) => mode)).toEqual(["reset", "accept"]);
});

it("breaks the connection when the test's own answer throws", async () => {
  const receiver = await start({
    respond: () => {
      throw new Error("a bug in the test");
    },
  });
  await expect(post(receiver)).rejects.toThrow();
});
