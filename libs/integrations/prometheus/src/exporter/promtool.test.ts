import { spawnSync } from "node:child_process";
import { awkwardViews, sampleEvent, sampleViews } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { batchCall, call, commit, openCounting } from "../testdata/counting.ts";

// In CI a missing promtool must fail: `spawnSync` then gives an error instead of a status.
const missing = spawnSync("promtool", ["--version"]).error !== undefined;
const skipped = missing && process.env["CI"] === undefined;
const why = skipped ? " (skipped: promtool is not on the PATH; Debian's package prometheus has it)" : "";

function check(exposition: string) {
  const { error, status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input: exposition,
    encoding: "utf8",
    timeout: 30_000,
  });
  if (error !== undefined) throw error;
  return { status, said: stdout + stderr };
}

describe.skipIf(skipped)(`Prometheus' own parser and linter${why}`, () => {
  it("has nothing to say about a rich exposition", async () => {
    const integration = await openCounting({ config: { maxSeries: 4, constLabels: { env: 'a\\b"c"\n', namespace: "" } } });
    const views = [...sampleViews(9), ...awkwardViews()];
    await integration.processBatch?.(views, batchCall(views.length));
    for (const type of ["a", "b", "c", "d", "e", "f"]) await integration.processEvent(sampleEvent({ type }), call());
    commit(integration);
    const text = integration.render("text");
    expect(text).toContain('tapio_events_total{overflow="true",env="a\\\\b\\"c\\"\\n"} ');
    expect(text).toContain('tapio_folded_increments_total{metric="events",env=');
    expect(check(text)).toEqual({ status: 0, said: "" });
  });

  it("has nothing to say before the first record", async () => {
    expect(check((await openCounting()).render("text"))).toEqual({ status: 0, said: "" });
  });

  it("does object to a broken one, so that its silence means something", () => {
    expect(check('# TYPE a_total counter\na_total{x="unclosed} 1\n').status).not.toBe(0);
    expect(check("a_counter_total 1\n").said).toContain("no help text");
  });
});
