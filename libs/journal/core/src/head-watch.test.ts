import { describe, expect, it } from "vitest";
import { createHeadWatch } from "./head-watch.ts";
import { JournalError } from "./journal-error.ts";

const never = new AbortController().signal;

describe("createHeadWatch", () => {
  it("lets through at once who asks for what is past already", async () => {
    await createHeadWatch(5).waitPast(4, never);
  });

  it("wakes only those whose sequence the head has passed", async () => {
    const watch = createHeadWatch(5);
    const woken: number[] = [];
    const waits = [5, 6, 7].map((sequence) => watch.waitPast(sequence, never).then(() => woken.push(sequence)));
    watch.advance(7);
    watch.advance(3);
    await Promise.all(waits.slice(0, 2));
    expect(woken).toEqual([5, 6]);
    watch.advance(8);
    await Promise.all(waits);
    expect(woken).toEqual([5, 6, 7]);
  });

  it("rejects with the signal's reason, before and while waiting, and listens to it no longer", async () => {
    const watch = createHeadWatch(0);
    const reason = new Error("stop");
    await expect(watch.waitPast(0, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const waiting = watch.waitPast(0, controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    watch.advance(1);
  });

  it("rejects everyone once it has ended, with the first reason", async () => {
    const watch = createHeadWatch(5);
    const waiting = watch.waitPast(5, never);
    const closed = new JournalError("closed", "closed");
    watch.end(closed);
    watch.end(new JournalError("io", "later"));
    await expect(waiting).rejects.toBe(closed);
    await expect(watch.waitPast(0, never)).rejects.toBe(closed);
  });
});
