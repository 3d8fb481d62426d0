import { expect, it } from "vitest";
import { runChaos } from "../src/chaos/run-chaos.ts";

/** Another one than `npm run chaos` takes by itself; when it fails, the output says how to repeat it. */
const seed = 3;

it(
  "25 lives that end with kill -9, under load and with failing receivers: what is acknowledged is delivered or a dead letter",
  { timeout: 300_000 },
  async () => {
    const lines: string[] = [];
    const report = await runChaos({ seed, cycles: 25, say: (line) => void lines.push(line) });
    expect(report.violations, lines.join("\n")).toEqual([]);
    expect(report.cycles).toBe(25);
    expect(report.kills).toBeGreaterThan(15);
    expect(report.acknowledged).toBeGreaterThan(500);
    expect(report.delivered).toBeGreaterThan(report.acknowledged);
  },
);

it("10 restarts by SIGTERM under load: nothing is lost, and nothing that was settled is sent again", { timeout: 300_000 }, async () => {
  const lines: string[] = [];
  const report = await runChaos({ seed, cycles: 10, orderly: true, say: (line) => void lines.push(line) });
  expect(report.violations, lines.join("\n")).toEqual([]);
  expect(report).toMatchObject({ cycles: 10, kills: 0, repeated: 0 });
  expect(report.acknowledged).toBeGreaterThan(200);
});
