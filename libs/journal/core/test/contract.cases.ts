import assert from "node:assert/strict";
import { checkSequence, createHeadWatch, JournalError } from "@tapio/journal";

/** The journal's own package is types, one error and what drivers share: a few checks of that surface. (`@tapio/testing` builds on this package, hence its type is not imported.) */
export const cases: { readonly name: string; readonly run: () => Promise<void> }[] = [
  {
    name: "a JournalError carries its code, message and cause",
    async run() {
      const cause = new Error("disk");
      const error = new JournalError("io", "append: the disk failed", cause);
      assert.ok(error instanceof Error);
      assert.deepEqual([error.name, error.code, error.message, error.cause], ["JournalError", "io", "append: the disk failed", cause]);
      assert.equal(Object.hasOwn(new JournalError("full", "no room"), "cause"), false);
    },
  },
  {
    name: "a head watch wakes those whose sequence was passed",
    async run() {
      const watch = createHeadWatch(3);
      const waiting = watch.waitPast(3, new AbortController().signal);
      watch.advance(4);
      await waiting;
    },
  },
  {
    name: "what is no sequence is refused with a RangeError",
    async run() {
      assert.throws(() => checkSequence("after", -1), RangeError);
    },
  },
];
