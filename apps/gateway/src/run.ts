import { parseArgs } from "node:util";
import type { GatewayConfig } from "@tapio/contracts/gateway/v1/config";
import { LogLevel } from "@tapio/contracts/gateway/v1/config";
import { startGateway, type Gateway } from "./gateway.ts";
import { readConfig, type Environment } from "./read-config.ts";
import { StartCanceled, StartError } from "./start-error.ts";
import { listenToHangups } from "./hangups.ts";
import { listenToStopSignals } from "./stop-signals.ts";
import { systemClock } from "./telemetry/clock.ts";
import { createLogger } from "./telemetry/logger.ts";

const usage = `Usage: tapio-gateway [--config FILE]

Takes records in, keeps them in a durable journal, and delivers them to every destination.

  --config FILE   the configuration (default: TAPIO_CONFIG, or ./tapio.yaml where there is one, or a built-in one)
  --help          this text

Signals: SIGHUP reads the configuration again; SIGTERM and SIGINT stop in order, the second quicker, the third at once.

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
  const reading = readConfig(asked.config, env);
  if (!reading.ok) return complain(reading.failure, 2);
  const { config, file } = reading;
  const logger = createLogger(config.log?.level ?? LogLevel.UNSPECIFIED);
  using signals = listenToStopSignals();
  using hangups = listenToHangups();
  try {
    const gateway = await startGateway({
      ...{ config, logger, env, clock: systemClock, withProcessMetrics: true, signal: signals.stopping },
      readConfig: () => readConfig(asked.config, env),
      setLogLevel: (level) => logger.setLevel(level),
    });
    // What was wrong with it is in the log.
    hangups.handle(() => void gateway.reload().catch(() => undefined));
    announce(gateway, file, config);
    logger.info({ addresses: gateway.addresses, config: file }, "ready");
    const signal = await signals.stop;
    logger.info({ signal }, "stopping");
    const { orderly } = await gateway.stop(signals.hurry);
    return orderly ? 0 : 1;
  } catch (reason) {
    if (reason instanceof StartCanceled) return 0;
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
