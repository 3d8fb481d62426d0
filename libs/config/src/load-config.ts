import { create } from "@bufbuild/protobuf";
import {
  GatewayConfigSchema,
  JournalConfigSchema,
  ListenerConfigSchema,
  ServerConfigSchema,
  SqliteJournalConfigSchema,
  type GatewayConfig,
} from "@tapio/contracts/gateway/v1/config";
import { checkConfig } from "./check.ts";
import type { ExpandContext } from "./expand.ts";
import type { ConfigProblem } from "./problem.ts";
import { readYaml } from "./read-yaml.ts";
import type { SourceMap } from "./source-map.ts";
import { walkMessage } from "./walker.ts";

export interface ConfigSource extends ExpandContext {
  /** The YAML. */
  readonly text: string;
  /** How the file is called in problems, e.g. `tapio.yaml`. */
  readonly file: string;
}

export type LoadedConfig =
  { readonly ok: true; readonly config: GatewayConfig } | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** What is served without a file: the API, the sources, /metrics with counters, and a journal in ./tapio-data. */
export const defaultConfigYaml = `journal: { sqlite: { path: ./tapio-data } }
destinations:
  - name: metrics
    prometheus: {}
`;

const nodesMax = 100_000;

/**
 * Reads a gateway's configuration: YAML, references, the rules of the `.proto` files, and the environment's TAPIO_LISTEN and TAPIO_DATA on
 * top. All problems at once, in the order of the file.
 */
export function loadConfig(source: ConfigSource): LoadedConfig {
  const yaml = readYaml(source.text, source.file);
  if (yaml.map.problems.length > 0) return { ok: false, problems: yaml.map.problems };
  const context = { document: yaml.document, map: yaml.map, expand: source, budget: { nodesLeft: nodesMax } };
  const config = walkMessage(GatewayConfigSchema, yaml.root, "", context) as GatewayConfig;
  applyEnvironment(config, source.env, yaml.map);
  checkConfig(config, yaml.map);
  const problems = [...yaml.map.problems].sort((a, b) => a.line - b.line || a.column - b.column);
  return problems.length === 0 ? { ok: true, config } : { ok: false, problems };
}

function applyEnvironment(config: GatewayConfig, env: ConfigSource["env"], map: SourceMap): void {
  const listen = env["TAPIO_LISTEN"];
  if (listen !== undefined && listen !== "") {
    config.server ??= create(ServerConfigSchema);
    config.server.listeners[0] ??= create(ListenerConfigSchema);
    config.server.listeners[0].address = listen;
    map.placeIn("server.listeners[0].address", "TAPIO_LISTEN in the environment");
    map.placeIn("server.listeners[0]", "TAPIO_LISTEN in the environment");
  }
  const data = env["TAPIO_DATA"];
  if (data !== undefined && data !== "" && config.journal?.driver.case !== "memory") {
    config.journal ??= create(JournalConfigSchema);
    const { driver } = config.journal;
    if (driver.case === "sqlite") driver.value.path = data;
    else config.journal.driver = { case: "sqlite", value: create(SqliteJournalConfigSchema, { path: data }) };
    map.placeIn("journal.sqlite.path", "TAPIO_DATA in the environment");
  }
  config.journal ??= create(JournalConfigSchema, {
    driver: { case: "sqlite", value: create(SqliteJournalConfigSchema, { path: "./tapio-data" }) },
  });
}
