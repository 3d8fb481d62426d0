import { dirname, resolve } from "node:path";
import { readFileSync } from "node:fs";
import { formatProblem, loadConfig, redactedJson } from "@tapio/config";
import { GatewayConfigSchema } from "@tapio/contracts/gateway/v1/config";
import type { Command } from "commander";
import type { ExitCode, Io } from "../io.ts";

/** `tapioctl config check [FILE]`: every problem with its line; opens and creates nothing. */
export function addConfigCheck(config: Command, io: Io, exit: (code: ExitCode) => void): void {
  config
    .command("check")
    .description("check a configuration: every problem with its line. Opens, binds and creates nothing")
    .argument("[file]", "the configuration (or TAPIO_CONFIG)", io.env["TAPIO_CONFIG"] ?? "tapio.yaml")
    .option("--show", "print what was read, with *** for secrets")
    .option("--json", "as JSON")
    .action(async (file: string, options: { readonly show?: boolean; readonly json?: boolean }) => {
      exit(await checkConfig(file, options, io));
    });
}

async function checkConfig(file: string, options: { readonly show?: boolean; readonly json?: boolean }, io: Io): Promise<ExitCode> {
  const text = new TextDecoder().decode(await io.readInput(file));
  const folder = file === "-" ? "." : dirname(file);
  const loaded = loadConfig({ text, file, env: io.env, readFile: (path) => readFileSync(resolve(folder, path), "utf8") });
  if (!loaded.ok) {
    const { problems } = loaded;
    if (options.json === true) io.out(`${JSON.stringify({ ok: false, problems })}\n`);
    else io.err(`${problems.map(formatProblem).join("\n")}\n${problems.length} problem${problems.length === 1 ? "" : "s"} in ${file}\n`);
    return 1;
  }
  const shown = redactedJson(GatewayConfigSchema, loaded.config);
  if (options.json === true) io.out(`${JSON.stringify({ ok: true, ...(options.show === true ? { config: shown } : {}) })}\n`);
  else
    io.out(
      `${options.show === true ? `${JSON.stringify(shown, undefined, 2)}\n` : ""}${file} is right: ${loaded.config.destinations.length} destinations\n`,
    );
  return 0;
}
