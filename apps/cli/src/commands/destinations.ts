import type { Command } from "commander";
import { destinationJson, formatDestination, formatDestinations } from "../format/format-destination.ts";
import type { ExitCode, Io } from "../io.ts";
import { withClient, withServerOptions, type ServerOptions } from "../options/server-options.ts";
import { addDestinationChanges } from "./destination-changes.ts";
import { findDestination } from "./find-destination.ts";

interface ListOptions extends ServerOptions {
  readonly json?: boolean;
}

/** `tapioctl destinations [show|pause|resume|drain|skip]`. */
export function addDestinations(program: Command, io: Io, exit: (code: ExitCode) => void): void {
  const destinations = program.command("destinations").description("watch and steer what is delivered where");
  const list = destinations
    .command("list", { isDefault: true })
    .description("every destination: its state, how far it is behind, what waits, is parked or dead, its last error")
    .option("--json", "one JSON object per destination");
  withServerOptions(list, io).action(async (options: ListOptions) => {
    const found = await withClient(io, options, ({ admin }) => admin.listDestinations({ signal: io.interrupted }));
    if (options.json === true) for (const destination of found) io.out(destinationJson(destination));
    else if (found.length === 0) io.out("no destinations are configured\n");
    else io.out(formatDestinations(found, io.now()));
    exit(0);
  });
  const show = destinations
    .command("show")
    .description("everything that is known of one destination")
    .argument("<name>", "the destination's name")
    .option("--json", "as one JSON object");
  withServerOptions(show, io).action(async (name: string, options: ListOptions) => {
    const destination = await withClient(io, options, (client) => findDestination(client, name, io));
    io.out(options.json === true ? destinationJson(destination) : formatDestination(destination, io.now()));
    exit(0);
  });
  addDestinationChanges(destinations, io, exit);
}
