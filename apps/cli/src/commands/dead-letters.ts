import type { DeadLetterSelectorInit } from "@tapio/client";
import type { TapioNodeClient } from "@tapio/client/node";
import type { DeadLetter } from "@tapio/contracts/admin/v1/admin";
import type { Command } from "commander";
import { deadLetterJson, formatDeadLetter, formatDeadLetters } from "../format/format-dead-letter.ts";
import { CommandFailure, type ExitCode, type Io } from "../io.ts";
import { limitOf } from "../options/option-values.ts";
import { hasSelector, selectorOf, withSelectorOptions, type SelectorOptions } from "../options/selector-options.ts";
import { withClient, withServerOptions, type ServerOptions } from "../options/server-options.ts";
import { countByCode, countByMessage, countJson, formatCounts } from "./count-dead-letters.ts";
import { addDeadLetterChanges } from "./dead-letter-changes.ts";

interface ReadOptions extends ServerOptions, SelectorOptions {
  readonly limit?: string;
  readonly json?: boolean;
}

const PAGE_SIZE_MAX = 1_000;
/** So many lines have their columns in common: a long list begins to show before all of it was read. */
const LINES_AT_ONCE = 500;

/** `tapioctl dead-letters list|show|count|replay|discard`. */
export function addDeadLetters(program: Command, io: Io, exit: (code: ExitCode) => void): void {
  const deadLetters = program.command("dead-letters").description("look at deliveries that were given up, and deliver or discard them");
  const reading = (name: string, description: string): Command =>
    withServerOptions(withSelectorOptions(deadLetters.command(name).description(description)), io);
  reading("list", "a line for each, by destination and sequence")
    .option("--limit <n>", "at most so many")
    .option("--json", "one JSON object per dead letter")
    .action(async (options: ReadOptions) => {
      await withClient(io, options, (client) => list(client, selectorOf(options, io), options, io));
      exit(0);
    });
  reading("show", "everything about them: reason, attempts, the record itself")
    .argument("[id]", "the record's id")
    .option("--limit <n>", "at most so many")
    .option("--json", "one JSON object per dead letter")
    .action(async (id: string | undefined, options: ReadOptions) => {
      const selecting = { ...options, id: id === undefined ? options.id : [id, ...options.id] };
      if (!hasSelector(selecting))
        throw new CommandFailure(2, "say which dead letters: an id, --destination, --code, a range, or a filter");
      await withClient(io, options, (client) => show(client, selectorOf(selecting, io), options, io));
      exit(0);
    });
  reading("count", "how many there are, by destination and reason")
    .option("--by-message", "by what was said, too: reads all of them")
    .option("--json", "as one JSON object")
    .action(async (options: ReadOptions & { readonly byMessage?: boolean }) => {
      const selector = selectorOf(options, io);
      const counting = options.byMessage === true ? countByMessage : countByCode;
      const groups = await withClient(io, options, (client) => counting(client, selector, io));
      io.out(options.json === true ? countJson(groups) : formatCounts(groups, options.byMessage === true));
      exit(0);
    });
  addDeadLetterChanges(deadLetters, io, exit);
}

async function list(client: TapioNodeClient, selector: DeadLetterSelectorInit, options: ReadOptions, io: Io): Promise<void> {
  const output = await io.openOutput("-");
  let lines: DeadLetter[] = [];
  const flush = async (): Promise<void> => {
    if (lines.length > 0) await output.write(formatDeadLetters(lines, io.now()));
    lines = [];
  };
  let shown = 0;
  for await (const dead of take(client, selector, limitOf(options.limit), io)) {
    shown += 1;
    if (options.json === true) await output.write(deadLetterJson(dead));
    else if (lines.push(dead) === LINES_AT_ONCE) await flush();
  }
  await flush();
  if (shown === 0 && options.json !== true) io.out("no dead letters\n");
}

async function show(client: TapioNodeClient, selector: DeadLetterSelectorInit, options: ReadOptions, io: Io): Promise<void> {
  const output = await io.openOutput("-");
  let shown = 0;
  for await (const dead of take(client, selector, limitOf(options.limit), io)) {
    if (options.json === true) await output.write(deadLetterJson(dead));
    else await output.write(`${shown === 0 ? "" : "\n"}${formatDeadLetter(dead)}`);
    shown += 1;
  }
  if (shown === 0) throw new CommandFailure(1, "no such dead letter: tapioctl dead-letters list, or tapioctl explain ID");
}

async function* take(client: TapioNodeClient, selector: DeadLetterSelectorInit, limit: number, io: Io): AsyncGenerator<DeadLetter> {
  let taken = 0;
  if (limit === 0) return;
  for await (const dead of client.admin.deadLetters(selector, { pageSize: Math.min(PAGE_SIZE_MAX, limit), signal: io.interrupted })) {
    yield dead;
    taken += 1;
    if (taken >= limit) return;
  }
}
