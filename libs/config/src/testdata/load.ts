import type { GatewayConfig } from "@tapio/contracts/gateway/v1/config";
import { loadConfig, type ConfigSource } from "../load-config.ts";
import { formatProblem } from "../problem.ts";

export function load(text: string, options: Partial<ConfigSource> = {}): ReturnType<typeof loadConfig> {
  return loadConfig({ text, file: "tapio.yaml", env: {}, readFile: () => "", ...options });
}

export function loaded(text: string, options: Partial<ConfigSource> = {}): GatewayConfig {
  const result = load(text, options);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.config;
}

export function problems(text: string, options: Partial<ConfigSource> = {}): string[] {
  const result = load(text, options);
  return result.ok ? [] : result.problems.map(formatProblem);
}
