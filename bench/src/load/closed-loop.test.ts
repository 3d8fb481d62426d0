import { expect, it } from "vitest";
import { runClosedLoop, type Sender } from "./closed-loop.ts";
import type { LoadOptions } from "./load-options.ts";

const options: LoadOptions = {
  ...{ url: "", prefix: "", batch: 10, connections: 1, streams: 1 },
  ...{ warmUpSeconds: 0, seconds: 60, recordsMax: 100, recordsPerSecond: 0 },
};

it("sends every record once, from the first number on, and counts what was acknowledged", async () => {
  const sent: number[] = [];
  const sender: Sender = {
    send: async (counter) => {
      sent.push(counter);
      return "acknowledged";
    },
  };
  const report = await runClosedLoop([sender, sender], { ...options, firstRecord: 1_000 });
  expect(sent.sort((a, b) => a - b)).toEqual([1000, 1010, 1020, 1030, 1040, 1050, 1060, 1070, 1080, 1090]);
  expect([report.acknowledged, report.measured, report.putOff]).toEqual([100, 100, 0]);
});

it("sends again what was put off", async () => {
  const sent: number[] = [];
  const report = await runClosedLoop([{ send: async (counter) => (sent.push(counter) === 2 ? "put off" : "acknowledged") }], {
    ...options,
    recordsMax: 30,
  });
  expect(sent).toEqual([0, 10, 10, 20]);
  expect([report.acknowledged, report.putOff]).toEqual([30, 1]);
});

it("measures something even when the warm-up was longer than the time for it", async () => {
  const report = await runClosedLoop([{ send: async () => "acknowledged" }], { ...options, seconds: 0, recordsMax: 1_000 });
  expect(report.measured).toBeGreaterThan(0);
});
