import { createFakeClock } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { idle } from "../test/harness.ts";
import { createRoom } from "./room.ts";

describe("what may be in flight (DLV-12)", () => {
  const { signal } = new AbortController();

  it("is bounded in records and in bytes, and given in the order of asking", async () => {
    const room = createRoom(createFakeClock(), { recordsMax: 4, bytesMax: 100 });
    const passed: string[] = [];
    const ask = (name: string, records: number, bytes: number) => void room.acquire(records, bytes, signal).then(() => passed.push(name));
    ask("first", 3, 50);
    ask("too many bytes", 1, 60);
    ask("would fit, but comes later", 1, 10);
    await idle();
    expect(passed).toEqual(["first"]);
    room.release(3, 50);
    await idle();
    expect(passed).toEqual(["first", "too many bytes", "would fit, but comes later"]);
    expect(room.records).toBe(2);
  });

  it("lets one that is larger than all the room pass alone", async () => {
    const room = createRoom(createFakeClock(), { recordsMax: 4, bytesMax: 100 });
    expect(await room.acquire(1, 1000, signal)).toBe(true);
    const second = room.acquire(1, 1, signal);
    await idle();
    expect(room.records).toBe(1);
    room.release(1, 1000);
    expect(await second).toBe(true);
  });

  it("is not given to one that no longer wants it", async () => {
    const room = createRoom(createFakeClock(), { recordsMax: 1, bytesMax: 100 });
    await room.acquire(1, 1, signal);
    const stop = new AbortController();
    const stopped = room.acquire(1, 1, stop.signal);
    const next = room.acquire(1, 1, signal);
    stop.abort();
    expect(await stopped).toBe(false);
    room.release(1, 1);
    expect(await next).toBe(true);
    expect(room.records).toBe(1);
  });
});
