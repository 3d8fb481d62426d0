export { defaultConfigYaml, loadConfig } from "./load-config.ts";
export type { ConfigSource, LoadedConfig } from "./load-config.ts";
export { formatProblem } from "./problem.ts";
export type { ConfigProblem } from "./problem.ts";
export { redactedJson } from "./redact.ts";
export type { ExpandContext } from "./expand.ts";
