import { Command, CommanderError } from "commander";
import { addConfigCheck } from "./commands/config-check.ts";
import { addConfigReload } from "./commands/config-reload.ts";
import { addDeadLetters } from "./commands/dead-letters.ts";
import { addDestinations } from "./commands/destinations.ts";
import { addExplain } from "./commands/explain.ts";
import { addJournal } from "./commands/journal.ts";
import { addQuery } from "./commands/query.ts";
import { addSend } from "./commands/send.ts";
import { addTail } from "./commands/tail.ts";
import { addWebhook } from "./commands/webhook.ts";
import { CommandFailure, type ExitCode, type Io } from "./io.ts";

/** Runs `tapioctl` with these arguments. */
export async function runTapioctl(args: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const exit = (code: ExitCode): void => {
    exitCode = code;
  };
  const program = new Command("tapioctl")
    .description("speaks to a Tapio gateway")
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .addHelpText("after", "\nExit codes: 0 it is so, 1 it is not, 2 called wrongly, 3 the server, a file or a port could not be had.");
  addSend(program, io, exit);
  addTail(program, io, exit);
  addQuery(program, io, exit);
  addExplain(program, io, exit);
  addDestinations(program, io, exit);
  addDeadLetters(program, io, exit);
  const config = program.command("config").description("look at configurations, and let the gateway take a new one");
  addConfigCheck(config, io, exit);
  addConfigReload(config, io, exit);
  addJournal(program, io, exit);
  addWebhook(program, io, exit);
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (reason) {
    if (reason instanceof CommanderError) return reason.exitCode === 0 ? 0 : 2;
    if (!(reason instanceof CommandFailure)) throw reason;
    io.err(`${reason.message}\n`);
    return reason.code;
  }
}
