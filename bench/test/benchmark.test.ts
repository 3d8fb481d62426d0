import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { allJobs } from "../src/jobs/all-jobs.ts";
import { renderTable } from "../src/report/table.ts";
import { runBenchmark } from "../src/run-benchmark.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tapio-bench-test-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it.each(allJobs.map(({ name }) => name))(
  "%s runs against the built gateway, loses nothing, fills its line of the table and leaves no files",
  async (name) => {
    const asked = { jobs: [name], seconds: 0.3, rounds: 1, records: 2_000, folder, profileFolder: undefined, json: false, help: false };

    const rows = await runBenchmark(asked, () => undefined);

    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect([row.job, row.lost]).toEqual([row.job, 0]);
      expect([row.ours, row.bare, row.ratio].every((value) => Number.isFinite(value) && value > 0)).toBe(true);
      expect(renderTable([row])).toContain(`| ${row.job} `);
    }
    expect(readdirSync(folder)).toEqual([]);
  },
);
