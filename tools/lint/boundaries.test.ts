import { beforeAll, describe, expect, it } from "vitest";
import type { ESLint } from "eslint";
import { layerNames, layers, npmOfProject, type LayerName } from "./layers.ts";
import { createLinter, installGraph, problemsOf, virtualGraph, virtualProject } from "./virtual-workspace.ts";

const nx = "@nx/enforce-module-boundaries";
const forbidden = `${nx}/onlyTagsConstraintViolation`;
const forbiddenNpm = `${nx}/bannedExternalImportsViolation`;
/** Packages that stand in some row of the table, and some that stand in none. */
const npmPackages = [
  "@bufbuild/cel",
  "@bufbuild/protovalidate",
  "@connectrpc/connect",
  "@connectrpc/connect-node",
  "@connectrpc/connect-web",
  "@opentelemetry/semantic-conventions",
  "commander",
  "ipaddr.js",
  "pino",
  "prom-client",
  "undici",
  "vitest",
  "yaml",
];

let linter: ESLint;

beforeAll(async () => {
  installGraph(await virtualGraph());
  linter = createLinter();
  await problemsOf(linter, "libs/virtual-domain/src/warm-up.ts", "");
});

async function lint(layer: Parameters<typeof virtualProject>[0], text: string, file = "src/fixture.ts"): Promise<string[]> {
  return problemsOf(linter, `${virtualProject(layer).root}/${file}`, text);
}

function importing(specifier: string): string {
  return `import { x } from "${specifier}";\nexport const y = x;\n`;
}

describe.each(layerNames)("layer:%s", (layer) => {
  const row = layers[layer];
  const mayNot = layerNames.filter((other) => !row.tapio.includes(other) && other !== layer);

  it.each(mayNot)("may not import layer:%s", async (other) => {
    expect(await lint(layer, importing(virtualProject(other).packageName))).toEqual([forbidden]);
  });

  it.each(row.tapio)("may import layer:%s", async (other) => {
    expect(await lint(layer, importing(virtualProject(other).packageName))).toEqual([]);
  });

  it("may not import an untagged project", async () => {
    expect(await lint(layer, importing(virtualProject("untagged").packageName))).toEqual([forbidden]);
  });

  if (row.npm !== "any") {
    const allowed = row.npm;
    it.each(npmPackages.filter((name) => !allowed.includes(name)))("may not import %s", async (name) => {
      expect(await lint(layer, importing(name))).toContain(forbiddenNpm);
    });
  }

  it.each(["@bufbuild/protobuf", "@bufbuild/protobuf/wkt"])("may import %s", async (name) => {
    expect(await lint(layer, importing(name))).not.toContain(forbiddenNpm);
  });

  it.each(["node:fs", "node:fs/promises", "fs"])(`${row.node ? "may" : "may not"} import %s`, async (name) => {
    expect(await lint(layer, importing(name))).toEqual(row.node ? [] : ["tapio/layer/builtin"]);
  });

  it("may import Node in its tests", async () => {
    expect(await lint(layer, importing("node:fs"), "src/fixture.test.ts")).toEqual([]);
    expect(await lint(layer, importing("node:fs"), "test/fixture.cases.ts")).toEqual([]);
  });
});

describe("layer:testing", () => {
  const users = layerNames.filter((layer) => !["testing", "tools", "web"].includes(layer));
  const importsTesting = importing(virtualProject("testing").packageName);

  it.each(users)("is open to the tests of layer:%s", async (layer) => {
    expect(await lint(layer, importsTesting, "src/part/fixture.test.ts")).toEqual([]);
    expect(await lint(layer, importsTesting, "test/contract.cases.ts")).toEqual([]);
  });

  it("opens no other layer to them", async () => {
    expect(await lint("integration", importing(virtualProject("journal").packageName), "src/fixture.test.ts")).toEqual([forbidden]);
    expect(await lint("domain", importing(virtualProject("runtime").packageName), "test/contract.cases.ts")).toEqual([forbidden]);
  });
});

describe("a forbidden import", () => {
  const { packageName } = virtualProject("journal");

  it.each([
    ["of a type", `import type { X } from "${packageName}";\nexport type Y = X;\n`],
    ["of one type among values", `import { type X } from "${packageName}";\nexport type Y = X;\n`],
    ["for its effect", `import "${packageName}";\n`],
    ["as a namespace", `import * as all from "${packageName}";\nexport const y = all;\n`],
    ["through an export", `export { x } from "${packageName}";\n`],
    ["through a type export", `export type { X } from "${packageName}";\n`],
    ["when it is needed", `export const y = await import("${packageName}");\n`],
  ])("is seen %s", async (_, text) => {
    expect(await lint("integration", text)).toEqual([forbidden]);
  });

  it("is seen through a path into the other project", async () => {
    const relative = `${nx}/noRelativeOrAbsoluteImportsAcrossLibraries`;
    expect(await lint("integration", importing("../../virtual-journal/src/index.ts"))).toEqual([relative]);
    expect(await lint("integration", importing("/libs/virtual-journal/src/index.ts"))).toEqual([relative]);
    expect(await lint("integration", importing("../../virtual-journal/src/index.ts"), "src/fixture.test.ts")).toEqual([relative]);
  });
});

describe("the real projects", () => {
  const integrations = ["otel", "prometheus", "grpc", "webhooks"];
  const pairs = integrations.flatMap((from) => integrations.filter((to) => to !== from).map((to) => [from, to] as const));

  it.each(pairs)("integration %s may not import integration %s", async (from, to) => {
    const problems = await problemsOf(linter, `libs/integrations/${from}/src/fixture.ts`, importing(`@tapio/integration-${to}`));
    expect(problems).toEqual([forbidden]);
  });

  it.each(["@tapio/journal", "@tapio/journal-sqlite", "@tapio/runtime", "@tapio/ingest"])("no integration may import %s", async (name) => {
    for (const integration of integrations) {
      expect(await problemsOf(linter, `libs/integrations/${integration}/src/fixture.ts`, importing(name))).toEqual([forbidden]);
    }
  });

  it("cannot import an app, which depends on them: what the gateway exports is for the benchmarks", async () => {
    const problems = await problemsOf(linter, "libs/integrations/otel/src/fixture.ts", importing("@tapio/gateway"));
    expect(problems).toEqual([`${nx}/noCircularDependencies`]);
  });

  it.each(Object.entries(npmOfProject))("%s may import its own packages alone", async (folder, own) => {
    for (const name of npmPackages) {
      const problems = await problemsOf(linter, `${folder}/src/fixture.ts`, importing(name));
      expect(problems.includes(forbiddenNpm), `${folder} imports ${name}`).toBe(!own.includes(name));
    }
  });
});

describe("a project without a layer", () => {
  it("is refused whatever it imports", async () => {
    for (const text of ["export const y = 1;\n", importing("undici"), importing(virtualProject("contracts").packageName)]) {
      expect(await lint("untagged", text)).toContain("tapio/layer/untagged");
    }
  });

  it("is refused with two layers", async () => {
    expect(await lint("two-layers", "export const y = 1;\n")).toEqual(["tapio/layer/untagged"]);
  });

  it("is refused as a folder that is no project at all", async () => {
    expect(await problemsOf(linter, "libs/nobody/src/fixture.ts", "export const y = 1;\n")).toEqual(["tapio/layer/homeless"]);
  });
});

it("covers every layer that a real project has", async () => {
  const { nodes } = await virtualGraph();
  const tags = Object.values(nodes).flatMap(({ data }) => data.tags ?? []);
  const used = new Set(tags.filter((tag) => tag.startsWith("layer:")).map((tag) => tag.slice("layer:".length)));
  expect([...used].filter((name) => !layerNames.includes(name as LayerName))).toEqual([]);
});

it("the table is the one that the design fixed: who may import whom is changed there first", () => {
  const rows = layerNames.map((name) => `${name}: ${layers[name].tapio.join(" ")}`);
  expect(rows).toEqual([
    "contracts: ",
    "domain: contracts",
    "collector: contracts domain",
    "intelligence: contracts domain collector",
    "config: contracts domain",
    "core: contracts domain",
    "client: contracts domain",
    "integration: contracts domain collector intelligence core client",
    "journal: contracts domain",
    "driver: contracts domain journal",
    "ingest: contracts domain collector core journal",
    "runtime: contracts domain core journal",
    "testing: contracts domain core journal",
    "app: contracts domain collector intelligence config core client integration journal driver ingest runtime",
    "e2e: contracts domain collector intelligence config core client integration journal driver ingest runtime testing app",
    "web: contracts client",
    "tools: ",
  ]);
});
