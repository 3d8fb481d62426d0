import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DescMessage } from "@bufbuild/protobuf";
import { loadConfig } from "@tapio/config";
import { GatewayConfigSchema } from "@tapio/contracts/gateway/v1/config";
import { describe, expect, it } from "vitest";

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));

function problemsOf(file: string, env: Readonly<Record<string, string>>): unknown {
  const loaded = loadConfig({ text: readFileSync(`${examples}${file}`, "utf8"), file, env, readFile: () => "" });
  return loaded.ok ? [] : loaded.problems;
}

/** The path of each setting, e.g. `destinations.retry.max_age`; a choice without settings, such as `start: head`, is its own. */
function settingsOf(schema: DescMessage, prefix = ""): string[] {
  return schema.fields.flatMap((field) => {
    const path = prefix === "" ? field.name : `${prefix}.${field.name}`;
    const isGroup = field.message !== undefined && !field.message.typeName.startsWith("google.protobuf.");
    return isGroup ? [path, ...settingsOf(field.message, path)] : [path];
  });
}

describe("the examples", () => {
  it("are right", () => {
    const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    expect(problemsOf("tapio.yaml", { TAPIO_TOKEN: "0123456789abcdef", HOOK_SECRET: secret, CENTRAL_TOKEN: "x" })).toEqual([]);
    expect(problemsOf("tapio-full.yaml", {})).toEqual([]);
  });

  it("show every setting there is: a new one is added to tapio-full.yaml with its default", () => {
    const text = readFileSync(`${examples}tapio-full.yaml`, "utf8");
    const missing = settingsOf(GatewayConfigSchema).filter(
      (path) => !new RegExp(`\\b${path.slice(path.lastIndexOf(".") + 1)}\\b`).test(text),
    );
    expect(missing).toEqual([]);
  });
});
