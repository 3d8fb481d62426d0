/** One row of the table in DESIGN: what a project with the tag `layer:<name>` may import. */
export interface LayerRow {
  /** The layers whose libs it may import. */
  readonly tapio: readonly LayerName[];
  /** The npm packages it may import, or every one. What one project alone may import stands in `npmOfProject`. */
  readonly npm: readonly string[] | "any";
  /** Whether it may reach for Node itself (`node:*`, `process`, `Buffer`). */
  readonly node: boolean;
}

export type LayerName = (typeof layerNames)[number];

export const layerNames = [
  "contracts",
  "domain",
  "collector",
  "intelligence",
  "config",
  "core",
  "client",
  "integration",
  "journal",
  "driver",
  "ingest",
  "runtime",
  "testing",
  "app",
  "e2e",
  "web",
  "tools",
] as const;

/** Every lib that ships; `testing` is for test files and stands apart. */
const shipped = [
  "contracts",
  "domain",
  "collector",
  "intelligence",
  "config",
  "core",
  "client",
  "integration",
  "journal",
  "driver",
  "ingest",
  "runtime",
] as const satisfies readonly LayerName[];

const connect = ["@connectrpc/connect", "@connectrpc/connect-web", "@connectrpc/connect-node"] as const;

/** Allowed in every layer. */
export const npmOfAll = ["@bufbuild/protobuf"] as const;

export const layers: Readonly<Record<LayerName, LayerRow>> = {
  contracts: { tapio: [], npm: ["@bufbuild/protovalidate"], node: false },
  domain: { tapio: ["contracts"], npm: ["@bufbuild/cel"], node: false },
  collector: { tapio: ["contracts", "domain"], npm: [], node: true },
  intelligence: { tapio: ["contracts", "domain", "collector"], npm: [], node: true },
  config: { tapio: ["contracts", "domain"], npm: ["yaml", "@bufbuild/protovalidate"], node: true },
  core: { tapio: ["contracts", "domain"], npm: [], node: false },
  client: { tapio: ["contracts", "domain"], npm: connect, node: true },
  integration: { tapio: ["contracts", "domain", "collector", "intelligence", "core", "client"], npm: [], node: true },
  journal: { tapio: ["contracts", "domain"], npm: [], node: true },
  driver: { tapio: ["contracts", "domain", "journal"], npm: [], node: true },
  ingest: { tapio: ["contracts", "domain", "collector", "core", "journal"], npm: [], node: true },
  runtime: { tapio: ["contracts", "domain", "core", "journal"], npm: [], node: true },
  testing: { tapio: ["contracts", "domain", "core", "journal"], npm: ["vitest"], node: true },
  app: { tapio: shipped, npm: "any", node: true },
  e2e: { tapio: [...shipped, "testing", "app"], npm: "any", node: true },
  // The console, later: its browser packages are named when it comes.
  web: { tapio: ["contracts", "client"], npm: [], node: false },
  // This folder. It looks at the workspace from outside and uses none of it.
  tools: { tapio: [], npm: "any", node: true },
};

/** What one project may import beyond its layer's row, by its folder: a protocol's packages, a format's parser, a driver's engine. */
export const npmOfProject: Readonly<Record<string, readonly string[]>> = {
  "libs/integrations/otel": ["@opentelemetry/semantic-conventions", "undici"],
  "libs/integrations/prometheus": ["prom-client"],
  "libs/integrations/grpc": ["@bufbuild/protovalidate", "@connectrpc/connect", "@connectrpc/connect-node", "@connectrpc/validate"],
  "libs/integrations/webhooks": ["ipaddr.js", "undici"],
};

/** Test files: they alone may import `testing`, any npm package that their project declares, and Node. */
export const testFiles = ["**/*.test.ts", "**/test/**/*.ts", "**/bench/**/*.ts", "**/vitest.config.ts"] as const;

/** Folders that hold projects. A file in one of them belongs to a project with exactly one layer. */
export const projectFolders = ["libs", "apps", "e2e", "bench", "tools"] as const;
