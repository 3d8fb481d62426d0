import type { Command } from "commander";
import { CommandFailure, type Io } from "../io.ts";

export interface ConfirmOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** Adds `--dry-run` and `--yes` to a command that changes what cannot be changed back. */
export function withConfirmOptions(command: Command): Command {
  return command.option("--dry-run", "count, and change nothing").option("--yes", "do not ask");
}

/**
 * Lets the user say yes to what cannot be undone, unless `--yes` said so.
 * @throws CommandFailure when the user does not, or nobody is there to be asked; nothing was changed.
 */
export async function confirm(io: Io, question: string, { yes }: ConfirmOptions): Promise<void> {
  if (yes === true) return;
  const answer = await io.ask(`${question} [y/N] `);
  if (answer === undefined)
    throw new CommandFailure(2, "not confirmed, nothing was changed: give --yes to go on without being asked, --dry-run to look only");
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure(1, "nothing was changed");
}
