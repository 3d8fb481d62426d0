import { createSigner, generateSecret, InvalidSecretError, verifyWebhook } from "@tapio/integration-webhooks";
import type { Command } from "commander";
import { CommandFailure, type ExitCode, type Io } from "../io.ts";
import { limitOf, wholeNumber } from "../options/option-values.ts";
import { listenForWebhooks } from "../webhook-listener.ts";

interface SignOptions {
  readonly secret: readonly string[];
  readonly id: string;
  readonly timestamp?: string;
  readonly file: string;
  readonly json?: boolean;
}

interface VerifyOptions extends SignOptions {
  readonly timestamp: string;
  readonly signature: string;
  readonly tolerance: string;
}

interface ListenOptions {
  readonly secret?: readonly string[];
  readonly host: string;
  readonly port: string;
  readonly limit?: string;
  readonly json?: boolean;
}

const collect = (value: string, all: readonly string[] | undefined): readonly string[] => [...(all ?? []), value];

/** `tapioctl webhook sign|verify|listen|keygen`: Standard Webhooks 1.0.0 by hand. */
export function addWebhook(program: Command, io: Io, exit: (code: ExitCode) => void): void {
  const webhook = program.command("webhook").description("sign, verify and receive Standard Webhooks");
  webhook
    .command("sign")
    .description("print the three headers of a signed webhook")
    .requiredOption("--secret <secret>", "whsec_...; may be given again: each gives a signature", collect)
    .requiredOption("--id <id>", "webhook-id")
    .option("--timestamp <unix>", "webhook-timestamp in seconds (default: now)")
    .requiredOption("--file <file>", 'the body, byte for byte; "-" is standard input')
    .option("--json", "as JSON")
    .action(async (options: SignOptions) => exit(await sign(options, io)));
  webhook
    .command("verify")
    .description("check a webhook's signature and time")
    .requiredOption("--secret <secret>", "whsec_...; may be given again: any may match", collect)
    .requiredOption("--id <id>", "webhook-id")
    .requiredOption("--timestamp <unix>", "webhook-timestamp")
    .requiredOption("--signature <list>", "webhook-signature")
    .requiredOption("--file <file>", 'the body, byte for byte; "-" is standard input')
    .option("--tolerance <seconds>", "by how much the time may lie in the past or the future", "300")
    .option("--json", "as JSON")
    .action(async (options: VerifyOptions) => exit(await verify(options, io)));
  webhook
    .command("listen")
    .description("receive webhooks, verify them and print them; until Ctrl-C")
    .option(
      "--secret <secret>",
      "whsec_...; may be given again: any may match (default: HOOK_SECRET, or a new one that is printed)",
      collect,
    )
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "port to listen on; 0 takes a free one", "9000")
    .option("--limit <n>", "stop after so many webhooks")
    .option("--json", "one JSON object per webhook")
    .action(async (options: ListenOptions) => exit(await listen(options, io)));
  webhook
    .command("keygen")
    .description("print a new signing secret")
    .action(() => {
      io.out(`${generateSecret()}\n`);
      exit(0);
    });
}

async function sign(options: SignOptions, io: Io): Promise<ExitCode> {
  const timestampSeconds = options.timestamp === undefined ? Math.floor(io.now() / 1_000) : wholeNumber("--timestamp", options.timestamp);
  const body = await io.readInput(options.file);
  const headers = await usable(() => createSigner({ secrets: options.secret }).sign({ id: options.id, timestampSeconds, body }));
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
  io.out(options.json === true ? `${JSON.stringify(headers)}\n` : lines.join(""));
  return 0;
}

async function verify(options: VerifyOptions, io: Io): Promise<ExitCode> {
  const toleranceSeconds = wholeNumber("--tolerance", options.tolerance);
  const body = await io.readInput(options.file);
  const headers = { "webhook-id": options.id, "webhook-timestamp": options.timestamp, "webhook-signature": options.signature };
  const result = await usable(() => verifyWebhook({ secrets: options.secret, toleranceSeconds, headers, body, now: io.now() }));
  if (options.json === true) io.out(`${JSON.stringify(result)}\n`);
  else if (result.ok) io.out("the signature is right\n");
  else io.err(`${result.message}\n`);
  return result.ok ? 0 : 1;
}

async function listen(options: ListenOptions, io: Io): Promise<ExitCode> {
  const limit = limitOf(options.limit);
  const port = wholeNumber("--port", options.port, 65_535);
  const secrets = options.secret ?? [io.env["HOOK_SECRET"] || newSecret(io)];
  const listener = await usable(() =>
    listenForWebhooks({
      secrets,
      host: options.host,
      port,
      limit,
      now: () => io.now(),
      onWebhook: (webhook) =>
        io.out(options.json === true ? `${JSON.stringify(webhook)}\n` : `${webhook.id}  ${webhook.at}  ${JSON.stringify(webhook.json)}\n`),
      onRefused: (status, reason) => io.err(`refused with ${status}: ${reason}\n`),
    }),
  );
  io.err(`listening on ${listener.url} (Ctrl-C stops)\n`);
  await Promise.race([
    listener.limitReached,
    new Promise<void>((resolve) => io.interrupted.addEventListener("abort", () => resolve(), { once: true })),
  ]);
  await listener.close();
  return 0;
}

function newSecret(io: Io): string {
  const secret = generateSecret();
  io.err(`the secret is ${secret}\n`);
  return secret;
}

/** A secret or an id that cannot be used is wrong usage; the messages never show the secret. */
async function usable<T>(work: () => T): Promise<Awaited<T>> {
  try {
    return await work();
  } catch (reason) {
    if (reason instanceof InvalidSecretError || reason instanceof RangeError) throw new CommandFailure(2, reason.message);
    throw reason;
  }
}
