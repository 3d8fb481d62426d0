import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AttemptQueue } from "./attempt-queue.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const { signal: never } = new AbortController();

/** A queue whose attempts are done when the test says so; ending one frees its place at once. */
function setUp(options: { places?: number; waitMsMax?: number; timeoutMs?: number } = {}) {
  const started: string[] = [];
  const done = new Map<string, (result: string) => void>();
  const queue = new AttemptQueue<string, string>({
    places: 1,
    waitMsMax: 60_000,
    timeoutMs: 60_000,
    ...options,
    start(work, settle) {
      started.push(work);
      done.set(work, settle);
      return () => settle("too late");
    },
    timeoutReason: () => new Error("timeout"),
    ended: (reason) => reason.message,
    neverStarted: (why) => why,
  });
  return { queue, started, finish: (work: string) => done.get(work)?.(`did ${work}`) };
}

describe("an attempt queue", () => {
  it("starts as many as there are places, and the others in their order", async () => {
    const { queue, started, finish } = setUp({ places: 2 });
    const first = queue.run(["a", "b", "c"], never);
    const second = queue.run(["d"], never);
    expect(started).toEqual(["a", "b"]);
    finish("b");
    expect(started).toEqual(["a", "b", "c"]);
    finish("a");
    finish("d");
    finish("c");
    expect(started).toEqual(["a", "b", "c", "d"]);
    expect(await first).toEqual(["did a", "did b", "did c"]);
    expect(await second).toEqual(["did d"]);
  });

  it("has no work to do where there is none", async () => {
    expect(await setUp().queue.run([], never)).toEqual([]);
  });

  it("starts one after the other when each is done at once, however many there are", async () => {
    const queue = new AttemptQueue<number, number>({
      ...{ places: 2, waitMsMax: 60_000, timeoutMs: 60_000 },
      start(work, done) {
        done(-work);
        return () => undefined;
      },
      timeoutReason: () => new Error(),
      ended: () => 0,
      neverStarted: () => 0,
    });
    const works = Array.from({ length: 20_000 }, (_, index) => index);
    expect(await queue.run(works, never)).toEqual(works.map((work) => -work));
  });

  it("lets no place be lost with those that leave the line or are ended", async () => {
    const { queue, started, finish } = setUp();
    const leaving = new AbortController();
    const batch = queue.run(["a", "b"], leaving.signal);
    const other = queue.run(["c"], never);
    leaving.abort(new Error("no more time"));
    expect(await batch).toEqual(["no more time", "ended"]);
    finish("c");
    expect(await other).toEqual(["did c"]);
    expect(started).toEqual(["a", "c"]);
  });

  it("starts nothing for a signal that aborted before", async () => {
    const { queue, started } = setUp();
    expect(await queue.run(["a"], AbortSignal.abort(new Error("too late")))).toEqual(["ended"]);
    expect(started).toEqual([]);
  });

  it("lets each wait for a place for its time alone", async () => {
    const { queue, finish } = setUp({ waitMsMax: 40 });
    const first = queue.run(["a", "b"], never);
    vi.advanceTimersByTime(25);
    const later = queue.run(["c"], never);
    vi.advanceTimersByTime(25);
    finish("a");
    finish("c");
    expect(await first).toEqual(["did a", "no_place"]);
    expect(await later).toEqual(["did c"]);
  });

  it("ends what takes too long, counted from its start", async () => {
    const { queue, started } = setUp({ timeoutMs: 30 });
    const both = queue.run(["a", "b"], never);
    vi.advanceTimersByTime(30);
    expect(started).toEqual(["a", "b"]);
    vi.advanceTimersByTime(29);
    const last = queue.run(["c"], never);
    vi.advanceTimersByTime(1);
    expect(await both).toEqual(["timeout", "timeout"]);
    vi.advanceTimersByTime(30);
    expect(await last).toEqual(["timeout"]);
    expect(started).toEqual(["a", "b", "c"]);
  });

  it("gives a place away only when it is free, though its result is known", async () => {
    const started: string[] = [];
    let free: (() => void) | undefined;
    const queue = new AttemptQueue<string, string>({
      ...{ places: 1, waitMsMax: 60_000, timeoutMs: 20 },
      start(work, done) {
        started.push(work);
        free = () => done("late");
        return () => undefined;
      },
      timeoutReason: () => new Error("timeout"),
      ended: (reason) => reason.message,
      neverStarted: (why) => why,
    });
    const first = queue.run(["a"], never);
    vi.advanceTimersByTime(20);
    expect(await first).toEqual(["timeout"]);
    const next = queue.run(["b"], never);
    expect(started).toEqual(["a"]);
    free?.();
    expect(started).toEqual(["a", "b"]);
    free?.();
    expect(await next).toEqual(["late"]);
  });

  it("ends all when it is closed, and all that comes later", async () => {
    const { queue, started } = setUp();
    const running = queue.run(["a", "b"], never);
    queue.close(new Error("closed"));
    expect(await running).toEqual(["closed", "ended"]);
    expect(await queue.run(["c"], never)).toEqual(["ended"]);
    expect(started).toEqual(["a"]);
  });

  it("lets go of the signal of a batch that is settled", async () => {
    const { queue, finish } = setUp();
    const caller = new AbortController();
    const running = queue.run(["a"], caller.signal);
    finish("a");
    expect(await running).toEqual(["did a"]);
    caller.abort(new Error("later"));
    expect(await running).toEqual(["did a"]);
  });
});
