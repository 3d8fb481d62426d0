import { loadConfig } from "@tapio/config";
import type { DestinationConfig, GatewayConfig } from "@tapio/contracts/gateway/v1/config";
import { ControlError } from "@tapio/integration-core";
import { createFakeClock, createRecordingMeter, recordingLogger } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import type { ConfigReading } from "./read-config.ts";
import { createReloads, type DestinationChanges, type ReloadOptions, type Reloads } from "./reload.ts";

function readingOf(text: string): ConfigReading {
  const loaded = loadConfig({ text, file: "test.yaml", env: {}, readFile: () => "" });
  return loaded.ok
    ? { ok: true, file: "test.yaml", config: loaded.config }
    : { ok: false, file: "test.yaml", failure: `the configuration has ${loaded.problems.length} problems` };
}

interface Opened {
  readonly reloads: Reloads;
  /** What the file holds. */
  text: string;
  /** Every call that changed something, in order. */
  readonly done: string[];
  readonly meter: ReturnType<typeof createRecordingMeter>;
  readonly logger: ReturnType<typeof recordingLogger>;
}

const started =
  "journal: { memory: {} }\ndestinations: [{ name: counts, prometheus: {} }, { name: traces, otel: { endpoint: http://a } }]\n";

function open(replaced: Partial<ReloadOptions> = {}): Opened {
  const meter = createRecordingMeter();
  const logger = recordingLogger();
  const done: string[] = [];
  const changes = (destinations: readonly DestinationConfig[]): DestinationChanges => ({
    added: destinations.map(({ name }) => name).filter((name) => name !== "counts" && name !== "traces"),
    changed: [],
    removed: ["traces"].filter((name) => destinations.every((destination) => destination.name !== name)),
  });
  const first = readingOf(started);
  if (!first.ok) throw new Error(first.failure);
  const opened: Opened = {
    ...{ text: started, done, meter, logger },
    reloads: createReloads({
      started: first.config,
      read: () => readingOf(opened.text),
      plan: async (destinations) => changes(destinations),
      apply: async (destinations) => {
        done.push(`apply ${destinations.map(({ name }) => name).join(" ")}`);
        return changes(destinations);
      },
      settle: (config: GatewayConfig) => void done.push(`settle log level ${config.log?.level}`),
      ...{ clock: createFakeClock(), logger, meter },
      ...replaced,
    }),
  };
  return opened;
}

describe("a reload", () => {
  it("RLD-5: applies what the file holds now, and says what it did and what waits for a restart", async () => {
    const opened = open();
    opened.text = `journal: { memory: { max_records: 5 } }\nlog: { level: DEBUG }\ndestinations: [{ name: counts, prometheus: {} }, { name: new, grpc: { endpoint: http://b } }]\n`;
    const response = await opened.reloads.reload({ dryRun: false });
    expect(response).toMatchObject({ added: ["new"], changed: [], removed: ["traces"], needsRestart: ["journal.memory.max_records"] });
    expect(opened.done).toEqual(["apply counts new", "settle log level 1"]);
    expect(opened.logger.entries.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "info the configuration was reloaded",
      "warn settings changed that count from the next start on",
    ]);
    expect(opened.meter.value("tapio_config_reloads_total", { result: "applied" })).toBe(1);
    expect(opened.meter.value("tapio_config_last_reload_successful")).toBe(1);
  });

  it("RLD-5: goes on naming what waits for a restart, until there was one", async () => {
    const opened = open();
    opened.text = `ingest: { dedupe_records: 5 }\n${started}`;
    await opened.reloads.reload({ dryRun: false });
    expect((await opened.reloads.reload({ dryRun: false })).needsRestart).toEqual(["ingest"]);
  });

  it("RLD-8: changes nothing when it is dry, and counts nothing", async () => {
    const opened = open();
    opened.text = "journal: { memory: {} }\ndestinations: [{ name: new, prometheus: {} }]";
    expect(await opened.reloads.reload({ dryRun: true })).toMatchObject({ added: ["new"], removed: ["traces"] });
    opened.text = "nonsense: 1";
    await expect(opened.reloads.reload({ dryRun: true })).rejects.toThrow(ControlError);
    expect([opened.done, opened.meter.value("tapio_config_last_reload_successful")]).toEqual([[], 1]);
  });

  it("RLD-1: of a file with problems changes nothing and says them all", async () => {
    const opened = open();
    opened.text = "nonsense: 1\nlog: { level: LOUD }";
    await expect(opened.reloads.reload({ dryRun: false })).rejects.toMatchObject({
      name: "ControlError",
      code: "invalid",
      message: "the configuration has 2 problems\nNothing was changed.",
    });
    expect(opened.done).toEqual([]);
    expect(opened.meter.value("tapio_config_reloads_total", { result: "refused" })).toBe(1);
    expect(opened.meter.value("tapio_config_last_reload_successful")).toBe(0);
  });

  it("RLD-6: refuses another kind under a name, and takes it once the name was gone", async () => {
    const opened = open();
    const other =
      "journal: { memory: {} }\ndestinations: [{ name: counts, prometheus: {} }, { name: traces, grpc: { endpoint: http://a } }]";
    opened.text = other;
    await expect(opened.reloads.reload({ dryRun: false })).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("destination traces was otel and would be grpc: a name keeps its kind for good") as string,
    });
    opened.text = "journal: { memory: {} }\ndestinations: [{ name: counts, prometheus: {} }]";
    await opened.reloads.reload({ dryRun: false });
    opened.text = other;
    await opened.reloads.reload({ dryRun: false });
    expect(opened.done.filter((line) => line.startsWith("apply"))).toEqual(["apply counts", "apply counts traces"]);
  });

  it("RLD-7: waits for the one before, and reads the file when it is its turn", async () => {
    const first = Promise.withResolvers<DestinationChanges>();
    const applied: string[] = [];
    const opened = open({
      apply: async (destinations) => {
        applied.push(destinations.map(({ name }) => name).join(" "));
        return applied.length === 1 ? first.promise : { added: [], changed: [], removed: [] };
      },
    });
    const one = opened.reloads.reload({ dryRun: false });
    const two = opened.reloads.reload({ dryRun: false });
    await new Promise((resolve) => setImmediate(resolve));
    expect(applied).toEqual(["counts traces"]);
    opened.text = "journal: { memory: {} }\ndestinations: [{ name: counts, prometheus: {} }]";
    first.resolve({ added: [], changed: [], removed: [] });
    await Promise.all([one, two]);
    expect(applied).toEqual(["counts traces", "counts"]);
  });

  it("RLD-7: that fails is counted as failed, and the next one goes ahead", async () => {
    let failures = 1;
    const opened = open({
      apply: async () => {
        if (failures-- > 0) throw new Error("no space left");
        return { added: [], changed: [], removed: [] };
      },
    });
    await expect(opened.reloads.reload({ dryRun: false })).rejects.toMatchObject({
      code: "not_now",
      message: "not every destination could be changed: no space left. Those that could are; reload again for the rest",
    });
    expect(opened.meter.value("tapio_config_reloads_total", { result: "failed" })).toBe(1);
    await opened.reloads.reload({ dryRun: false });
    expect(opened.meter.value("tapio_config_last_reload_successful")).toBe(1);
  });

  it("SHD-1, RLD-7: is refused while the gateway stops, which waits for the one under way", async () => {
    const applying = Promise.withResolvers<DestinationChanges>();
    const opened = open({ apply: () => applying.promise });
    const underWay = opened.reloads.reload({ dryRun: false });
    await new Promise((resolve) => setImmediate(resolve));
    let isClosed = false;
    const closed = opened.reloads.close().then(() => (isClosed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    applying.resolve({ added: [], changed: [], removed: [] });
    await underWay;
    await closed;
    await expect(opened.reloads.reload({ dryRun: true })).rejects.toMatchObject({
      code: "not_now",
      message: "the gateway is stopping: nothing is reloaded",
    });
  });
});
