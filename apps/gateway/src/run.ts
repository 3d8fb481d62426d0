import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { defaultConfigYaml, formatProblem, loadConfig } from "@tapio/config";
import type { GatewayConfig } from "@tapio/contracts/gateway/v1/config";
import { LogLevel } from "@tapio/contracts/gateway/v1/config";
import { startGateway, type Gateway } from "./gateway.ts";
import { StartError } from "./start-error.ts";
import { systemClock } from "./telemetry/clock.ts";
import { createLogger } from "./telemetry/logger.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const usage = `Usage: tapio-gateway [--config FILE]

Takes records in, keeps them in a durable journal, and delivers them to every destination.

  --config FILE   the configuration (default: TAPIO_CONFIG, or ./tapio.yaml where there is one, or a built-in one)
  --help          this text

Environment: TAPIO_CONFIG; TAPIO_LISTEN overrides the first listener's address, TAPIO_DATA the journal's folder.
`;

/** Exit codes: 0 stopped in order, 1 failed, 2 wrong usage or configuration. */
export async function run(args: readonly string[], env: Environment): Promise<0 | 1 | 2> {
  const asked = readArguments(args);
  if ("failure" in asked) return complain(asked.failure, 2);
  if (asked.help) {
    process.stdout.write(usage);
    return 0;
  }
  const config = readConfig(asked.config, env);
  if ("failure" in config) return complain(config.failure, 2);
  const logger = createLogger(config.loaded.log?.level ?? LogLevel.UNSPECIFIED);
  try {
    const stop = stopSignal();
    const gateway = await startGateway({ config: config.loaded, logger, clock: systemClock, withProcessMetrics: true });
    announce(gateway, config.file, config.loaded);
    logger.info({ addresses: gateway.addresses, config: config.file }, "ready");
    const signal = await stop;
    logger.info({ signal }, "stopping");
    await gateway.stop();
    return 0;
  } catch (reason) {
    if (reason instanceof StartError) return complain(reason.message, 1);
    throw reason;
  }
}

function complain(message: string, code: 1 | 2): 1 | 2 {
  process.stderr.write(`${message}\n`);
  return code;
}

function readArguments(args: readonly string[]): { config: string | undefined; help: boolean } | { failure: string } {
  try {
    const { values } = parseArgs({ args: [...args], options: { config: { type: "string" }, help: { type: "boolean", short: "h" } } });
    return { config: values.config, help: values.help ?? false };
  } catch (reason) {
    const hint =
      args.some((arg) => !arg.startsWith("-")) && !args.includes("--config")
        ? "\nWith npm, arguments come after two dashes: npm start -- --config FILE"
        : "";
    return { failure: `${reason instanceof Error ? reason.message : String(reason)}${hint}\n\n${usage}` };
  }
}

function readConfig(named: string | undefined, env: Environment): { file: string; loaded: GatewayConfig } | { failure: string } {
  const file = named ?? (env["TAPIO_CONFIG"] || (existsSync("tapio.yaml") ? "tapio.yaml" : undefined));
  let text = defaultConfigYaml;
  try {
    if (file !== undefined) text = readFileSync(file, "utf8");
  } catch (reason) {
    return { failure: `the configuration ${file} cannot be read: ${reason instanceof Error ? reason.message : String(reason)}` };
  }
  const folder = file === undefined ? "." : dirname(file);
  const loaded = loadConfig({
    text,
    file: file ?? "built-in configuration",
    env,
    readFile: (path) => readFileSync(resolve(folder, path), "utf8"),
  });
  if (loaded.ok) return { file: file ?? "built-in", loaded: loaded.config };
  return {
    failure: `the configuration has ${loaded.problems.length} problem(s):\n${loaded.problems.map((problem) => `  ${formatProblem(problem)}`).join("\n")}`,
  };
}

/** For people, on standard output; the log, for programs, is on standard error. */
function announce(gateway: Gateway, file: string, config: GatewayConfig): void {
  const [first] = gateway.addresses;
  const host = first?.family === "IPv6" ? `[${first.address}]` : first?.address;
  const scheme = config.server?.listeners[0]?.tls === undefined ? "http" : "https";
  const destinations = config.destinations.map(({ name }) => name).join(", ") || "none";
  process.stdout.write(
    `Tapio gateway: ready on ${scheme}://${host}:${first?.port} (configuration: ${file}; destinations: ${destinations})\n`,
  );
}

/** Ctrl-C reaches the gateway twice when npm runs it: from the terminal and from npm. */
const sameSignalMs = 1_000;

/** Resolves at the first SIGTERM or SIGINT; another one, a while later, ends the process at once. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolveSignal) => {
    let firstAtMs: number | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
      firstAtMs ??= performance.now();
      if (performance.now() - firstAtMs > sameSignalMs) {
        process.stderr.write(`${signal} again: ending at once; what is not delivered goes on at the next start\n`);
        process.exit(1);
      }
      resolveSignal(signal);
    };
    process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  });
}
