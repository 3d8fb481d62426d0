import { toJson } from "@bufbuild/protobuf";
import type { SubscribeStart, TapioAdmin } from "@tapio/client";
import type { TapioNodeClient } from "@tapio/client/node";
import { DestinationState, SkipDestinationResponseSchema, type Destination } from "@tapio/contracts/admin/v1/admin";
import type { Command } from "commander";
import { destinationJson, lagText, sentenceOf } from "../format/format-destination.ts";
import { counted, formatCount } from "../format/format-numbers.ts";
import type { ExitCode, Io } from "../io.ts";
import { confirm, withConfirmOptions, type ConfirmOptions } from "../options/confirm.ts";
import { badOption } from "../options/option-values.ts";
import { placeOf } from "../options/place.ts";
import { withClient, withServerOptions, type ServerOptions } from "../options/server-options.ts";
import { findDestination } from "./find-destination.ts";

interface ChangeOptions extends ServerOptions {
  readonly json?: boolean;
}

interface SkipOptions extends ChangeOptions, ConfirmOptions {
  readonly to: string;
}

const POLL_MS = 1_000;

/** `tapioctl destinations pause|resume|drain|skip NAME`. */
export function addDestinationChanges(destinations: Command, io: Io, exit: (code: ExitCode) => void): void {
  const change = (name: string, description: string, call: (admin: TapioAdmin) => (name: string) => Promise<Destination>): void => {
    const command = destinations.command(name).description(description).argument("<name>", "the destination's name");
    withServerOptions(command.option("--json", "as one JSON object"), io).action(async (destination: string, options: ChangeOptions) => {
      const changed = await withClient(io, options, ({ admin }) => call(admin)(destination));
      io.out(options.json === true ? destinationJson(changed) : `${sentenceOf(changed)}\n`);
      exit(0);
    });
  };
  change("pause", "stop its deliveries; its backlog is kept, through restarts, until it is resumed", (admin) => admin.pauseDestination);
  change("resume", "go on after a pause, or after the receiver's refusal disabled it", (admin) => admin.resumeDestination);
  addDrain(destinations, io, exit);
  addSkip(destinations, io, exit);
}

function addDrain(destinations: Command, io: Io, exit: (code: ExitCode) => void): void {
  const command = destinations
    .command("drain")
    .description("settle everything that is accepted by now, what waits and is parked included, and then pause")
    .argument("<name>", "the destination's name")
    .option("--wait", "stay until it is done")
    .option("--json", "as one JSON object");
  withServerOptions(command, io).action(async (name: string, options: ChangeOptions & { readonly wait?: boolean }) => {
    const code = await withClient(io, options, async (client) => {
      let destination = await client.admin.drainDestination(name);
      while (options.wait === true && destination.state === DestinationState.DRAINING && !io.interrupted.aborted) {
        const { waiting, parked } = destination;
        io.err(`${name} drains: ${lagText(destination)} behind, ${formatCount(waiting)} waiting, ${formatCount(parked)} parked\n`);
        await io.sleep(POLL_MS);
        destination = await findDestination(client, name, io);
      }
      io.out(options.json === true ? destinationJson(destination) : `${sentenceOf(destination)}\n`);
      return options.wait !== true || destination.state === DestinationState.PAUSED ? 0 : 1;
    });
    exit(code);
  });
}

function addSkip(destinations: Command, io: Io, exit: (code: ExitCode) => void): void {
  const command = destinations
    .command("skip")
    .description("move its cursor forward; what is passed over is kept as one range among its dead letters, and can be replayed")
    .argument("<name>", "the destination's name")
    .requiredOption("--to <place>", "where it goes on: head, after a sequence, or at a time (RFC 3339, or e.g. 15m for so long ago)")
    .option("--json", "as one JSON object");
  withServerOptions(withConfirmOptions(command), io).action(async (name: string, options: SkipOptions) => {
    if (options.to === "beginning") badOption("--to", options.to, "head, a sequence, a time: a cursor moves forward only");
    const to = placeOf("--to", options.to, io.now());
    await withClient(io, options, (client) => skip(client, name, to, options, io));
    exit(0);
  });
}

async function skip(client: TapioNodeClient, name: string, place: SubscribeStart, options: SkipOptions, io: Io): Promise<void> {
  // The head moves: what is skipped is what was counted.
  const to = place === "head" ? { afterSequence: (await client.getJournal()).headSequence } : place;
  const trial = await client.admin.skipDestination(name, to, { dryRun: true });
  const records = counted(trial.skippedRecords, "record");
  if (options.dryRun !== true && trial.skippedRecords > 0n)
    await confirm(io, `${name} would pass over ${records}; they are kept as a range among its dead letters. Skip them?`, options);
  const isTrial = options.dryRun === true || trial.skippedRecords === 0n;
  const done = isTrial ? trial : await client.admin.skipDestination(name, to, { timeoutMs: 0 });
  if (options.json === true) {
    io.out(
      `${JSON.stringify({ ...(toJson(SkipDestinationResponseSchema, done, { alwaysEmitImplicit: true }) as object), dryRun: isTrial })}\n`,
    );
    return;
  }
  if (options.dryRun === true) io.out(`${name} would pass over ${records}\n`);
  else if (isTrial) io.out(`${name} is there already: nothing to skip\n`);
  else io.out(`${name} passed over ${counted(done.skippedRecords, "record")}: tapioctl dead-letters list --destination ${name}\n`);
}
