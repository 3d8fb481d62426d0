import { loadConfig } from "@tapio/config";
import { silentLogger } from "@tapio/testing";
import { startGateway, type Gateway, type GatewayOptions } from "../gateway.ts";
import type { ConfigReading } from "../read-config.ts";
import { systemClock } from "../telemetry/clock.ts";

export interface TestGateway {
  readonly gateway: Gateway;
  readonly url: string;
  /** Changes what a reload will read. */
  rewrite(yaml: string): void;
}

/** A gateway in this process, on a free port and a memory journal, with what `yaml` adds. Whoever starts it stops it. */
export async function startTestGateway(yaml: string, overrides: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  let reading = readingOf(yaml);
  const gateway = await startGateway({
    ...{ config: configOf(yaml), logger: silentLogger, clock: systemClock, withProcessMetrics: false },
    readConfig: () => reading,
    ...overrides,
  });
  return {
    gateway,
    url: `http://127.0.0.1:${gateway.addresses[0]?.port}`,
    rewrite(next) {
      reading = readingOf(next);
    },
  };
}

export function configOf(yaml: string, address = "127.0.0.1:0"): GatewayOptions["config"] {
  const reading = readingOf(yaml, address);
  if (!reading.ok) throw new Error(reading.failure);
  return reading.config;
}

function readingOf(yaml: string, address = "127.0.0.1:0"): ConfigReading {
  const file = "test.yaml";
  const text = `${/^journal:/m.test(yaml) ? "" : "journal: { memory: {} }\n"}server: { listeners: [{ address: "${address}" }] }\n${yaml}`;
  const loaded = loadConfig({ text, file, env: {}, readFile: () => "" });
  if (loaded.ok) return { ok: true, file, config: loaded.config };
  return { ok: false, file, failure: loaded.problems.map(({ path, message }) => `${path}: ${message}`).join("\n") };
}
