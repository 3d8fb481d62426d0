import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { defaultConfigYaml, formatProblem, loadConfig } from "@tapio/config";
import type { GatewayConfig } from "@tapio/contracts/gateway/v1/config";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration as it is now, or everything that is wrong with it. */
export type ConfigReading =
  | { readonly ok: true; readonly file: string; readonly config: GatewayConfig }
  | { readonly ok: false; readonly file: string; readonly failure: string };

/** Reads and checks the file that is named, else TAPIO_CONFIG, else ./tapio.yaml where there is one, else the built-in one. Opens nothing else. */
export function readConfig(named: string | undefined, env: Environment): ConfigReading {
  const path = named ?? (env["TAPIO_CONFIG"] || (existsSync("tapio.yaml") ? "tapio.yaml" : undefined));
  const file = path ?? "built-in";
  let text = defaultConfigYaml;
  try {
    if (path !== undefined) text = readFileSync(path, "utf8");
  } catch (reason) {
    return {
      ok: false,
      file,
      failure: `the configuration ${path} cannot be read: ${reason instanceof Error ? reason.message : String(reason)}`,
    };
  }
  const folder = path === undefined ? "." : dirname(path);
  const loaded = loadConfig({
    ...{ text, env, file: path ?? "built-in configuration" },
    readFile: (beside) => readFileSync(resolve(folder, beside), "utf8"),
  });
  if (loaded.ok) return { ok: true, file, config: loaded.config };
  const problems = loaded.problems.map((problem) => `  ${formatProblem(problem)}`);
  return {
    ok: false,
    file,
    failure: `the configuration has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}:\n${problems.join("\n")}`,
  };
}
