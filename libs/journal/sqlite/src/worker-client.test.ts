import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { inThreadWorker } from "../test/in-thread.ts";
import { createWorkerClient, type WorkerPort } from "./worker-client.ts";
import { wholeBuffers } from "./worker-server.ts";

interface Store {
  add(a: number, b: number): number;
  fail(): void;
  bytes(): { whole: Uint8Array; part: Uint8Array };
}

const buffer = new Uint8Array(8);
const store: Store = {
  add: (a, b) => a + b,
  fail() {
    throw Object.assign(new Error("disk I/O error"), { errcode: 1034 });
  },
  bytes: () => ({ whole: buffer, part: new Uint8Array(16).subarray(2, 4) }),
};

describe("a store in another thread", () => {
  it("answers calls with their results, and errors as JournalErrors", async () => {
    const client = createWorkerClient<Store>(
      "writer",
      inThreadWorker(() => store),
    );
    await client.opened;
    expect(await Promise.all([client.call("add", [1, 2]), client.call("add", [3, 4])])).toEqual([3, 7]);
    await expect(client.call("fail", [])).rejects.toMatchObject({ name: "JournalError", code: "io" });
    await client.end();
  });

  it("has time for itself once an answer is on its way", async () => {
    const seen: string[] = [];
    const busy = { add: (a: number, b: number) => (seen.push("add"), a + b), afterAnswer: () => seen.push("after") };
    const client = createWorkerClient<Pick<Store, "add">>(
      "writer",
      inThreadWorker(() => busy),
    );
    await client.opened;
    expect(seen).toEqual([]);
    await Promise.all([client.call("add", [1, 2]), client.call("add", [3, 4])]);
    expect(seen).toEqual(["add", "after", "add", "after"]);
    await client.end();
  });

  it("hands over buffers that are whole, and copies parts", async () => {
    const client = createWorkerClient<Store>(
      "writer",
      inThreadWorker(() => store),
    );
    const { whole, part } = await client.call("bytes", []);
    expect([whole.length, part.length, buffer.length]).toEqual([8, 2, 0]);
    await client.end();
    expect(wholeBuffers(undefined)).toEqual([]);
    const [one, other] = [new Uint8Array(8), new Uint8Array(8)];
    expect(wholeBuffers([{ one, part: other.subarray(1) }, { one }, { deeper: [{ other }] }])).toEqual([one.buffer]);
  });

  it("says why it did not open, and refuses methods that are not there", async () => {
    const broken = createWorkerClient<Store>(
      "writer",
      inThreadWorker(() => {
        throw new Error("no file");
      }),
    );
    await expect(broken.opened).rejects.toThrow("no file");
    await expect(broken.call("add", [1, 2])).rejects.toThrow("there is no add");
    await broken.end();
  });
});

describe("a thread that dies", () => {
  it.each([
    ["error", "thread failed"],
    ["messageerror", "thread sent what cannot be read"],
    ["exit", "thread ended"],
  ])("by %s rejects what waits and what comes with io", async (event, message) => {
    const events = new EventEmitter();
    const worker = Object.assign(events, { postMessage: () => undefined, terminate: async () => 0 }) as unknown as WorkerPort;
    const client = createWorkerClient<Store>("reader", worker);
    const waiting = client.call("add", [1, 2]);
    events.emit(event, new Error("out of memory"));
    await expect(client.opened).rejects.toMatchObject({ code: "io" });
    await expect(waiting).rejects.toThrow(`the journal's reader ${message}; the journal must be opened again`);
    await expect(client.call("add", [1, 2])).rejects.toMatchObject({ code: "io" });
    events.emit("message", { id: 99, reply: 1 });
  });
});
