import { describe, expect, it } from "vitest";
import { addTallies, slowestLines, tallyTask, type TaskOutcome } from "./tally.ts";

function task(target: string, status: string): TaskOutcome {
  return { id: `@tapio/it:${target}`, root: "libs/it", target, status, durationMs: 0 };
}

describe("a task in the closing count", () => {
  it("adds one when it runs no tests", () => {
    expect(tallyTask(task("lint", "success"), undefined, false)).toEqual({ passed: 1, failed: 0, notes: [] });
    expect(tallyTask(task("lint", "failure"), undefined, false)).toEqual({ passed: 0, failed: 1, notes: ["@tapio/it:lint: failed"] });
  });

  it("adds its tests, also when they come from the cache", () => {
    const count = { passed: 12, failed: 0, skipped: [] };
    for (const status of ["success", "local-cache", "local-cache-kept-existing", "remote-cache"]) {
      expect(tallyTask(task("test", status), count, true)).toEqual({ passed: 12, failed: 0, notes: [] });
      expect(tallyTask(task("pack-check", status), count, true)).toEqual({ passed: 12, failed: 0, notes: [] });
    }
  });

  it("adds its failed tests", () => {
    const { passed, failed, notes } = tallyTask(task("test", "failure"), { passed: 10, failed: 2, skipped: [] }, false);
    expect({ passed, failed, notes }).toEqual({ passed: 10, failed: 2, notes: ["@tapio/it:test: 2 of 12 tests failed"] });
  });

  it("adds a failure when it failed although every test passed: coverage, or a crash", () => {
    expect(tallyTask(task("test", "failure"), { passed: 12, failed: 0, skipped: [] }, false)).toMatchObject({ passed: 12, failed: 1 });
  });

  it("adds a failure when it left no report, whether it says that it passed or not", () => {
    expect(tallyTask(task("test", "success"), undefined, false)).toMatchObject({ passed: 0, failed: 1 });
    expect(tallyTask(task("test", "failure"), undefined, false)).toMatchObject({ passed: 0, failed: 1 });
  });

  it("adds a failure when it could not run, and when Nx uses a word that is not known", () => {
    expect(tallyTask(task("test", "skipped"), { passed: 3, failed: 0, skipped: [] }, false)).toMatchObject({ passed: 0, failed: 1 });
    expect(tallyTask(task("lint", "stopped"), undefined, false)).toMatchObject({ passed: 0, failed: 1 });
  });

  it("names skipped tests, and in CI counts them as failed", () => {
    const count = { passed: 3, failed: 0, skipped: ["needs promtool"] };
    expect(tallyTask(task("test", "success"), count, false)).toEqual({
      passed: 3,
      failed: 0,
      notes: ["@tapio/it:test: skipped: needs promtool"],
    });
    expect(tallyTask(task("test", "success"), count, true)).toEqual({
      passed: 3,
      failed: 1,
      notes: ["@tapio/it:test: skipped, which fails in CI: needs promtool"],
    });
  });
});

it("the closing count is the sum", () => {
  const sum = addTallies([
    { passed: 3, failed: 1, notes: ["a"] },
    { passed: 4, failed: 0, notes: [] },
  ]);
  expect(sum).toEqual({ passed: 7, failed: 1, notes: ["a"] });
});

it("the slowest tasks come longest first, without those that took no time", () => {
  const timed = (target: string, durationMs: number): TaskOutcome => ({ ...task(target, "success"), durationMs });
  const lines = slowestLines([timed("lint", 1000), timed("test", 12_340), timed("build", 999), timed("typecheck", 2000)], 2);
  expect(lines).toEqual(["  12.3 s  @tapio/it:test", "   2.0 s  @tapio/it:typecheck"]);
});
