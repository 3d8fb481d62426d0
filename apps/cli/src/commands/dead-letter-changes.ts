import { create, toJson, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import type { DeadLetterSelectorInit, TapioAdmin } from "@tapio/client";
import {
  DiscardDeadLettersResponseSchema,
  ReplayDeadLettersResponseSchema,
  type ReplayDeadLettersResponse,
} from "@tapio/contracts/admin/v1/admin";
import type { Command } from "commander";
import { counted, formatCount } from "../format/format-numbers.ts";
import { formatTable } from "../format/format-table.ts";
import { printable } from "../format/printable.ts";
import { CommandFailure, type ExitCode, type Io } from "../io.ts";
import { confirm, withConfirmOptions, type ConfirmOptions } from "../options/confirm.ts";
import { hasSelector, selectorOf, withSelectorOptions, type SelectorOptions } from "../options/selector-options.ts";
import { withClient, withServerOptions, type ServerOptions } from "../options/server-options.ts";

interface ChangeOptions extends ServerOptions, SelectorOptions, ConfirmOptions {
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Replay and discard first count, say so and ask: `--dry-run` stops there, `--yes` does not ask. */
export function addDeadLetterChanges(deadLetters: Command, io: Io, exit: (code: ExitCode) => void): void {
  const changing = (
    name: string,
    description: string,
    change: (admin: TapioAdmin, selector: DeadLetterSelectorInit, options: ChangeOptions, io: Io) => Promise<ExitCode>,
  ): void => {
    const command = withSelectorOptions(deadLetters.command(name).description(description))
      .option("--all", "all of them, without a condition")
      .option("--json", "as one JSON object");
    withServerOptions(withConfirmOptions(command), io).action(async (options: ChangeOptions) => {
      if (!hasSelector(options) && options.all !== true)
        throw new CommandFailure(2, "say which dead letters: --destination, --id, --code, a range, a filter, or --all for all of them");
      const selector = selectorOf(options, io);
      exit(await withClient(io, options, ({ admin }) => change(admin, selector, options, io)));
    });
  };
  changing("replay", "deliver them again, with their ids, in the order of their sequences", replay);
  changing("discard", "give them up for good: their records' copies are removed", discard);
}

async function replay(admin: TapioAdmin, selector: DeadLetterSelectorInit, options: ChangeOptions, io: Io): Promise<ExitCode> {
  const call = { timeoutMs: 0, signal: io.interrupted };
  const report = ({ replayed, destinations }: ReplayDeadLettersResponse, dryRun: boolean): ExitCode => {
    const answer = create(ReplayDeadLettersResponseSchema, { replayed, destinations });
    if (options.json === true) io.out(resultJson(ReplayDeadLettersResponseSchema, answer, dryRun));
    return destinations.some(({ problem }) => problem !== "") ? 1 : 0;
  };
  const trial = await admin.replayDeadLetters(selector, { ...call, dryRun: true });
  if (options.json !== true) io.out(formatReplay(trial));
  if (options.dryRun === true || trial.replayed === 0n) return report(trial, true);
  await confirm(io, `Deliver ${counted(trial.replayed, "record")} again?`, options);
  const done = await admin.replayDeadLetters(selector, call);
  if (options.json !== true)
    io.out(`${counted(done.replayed, "record is", "records are")} being delivered again: tapioctl destinations shows how it goes\n`);
  return report(done, false);
}

async function discard(admin: TapioAdmin, selector: DeadLetterSelectorInit, options: ChangeOptions, io: Io): Promise<ExitCode> {
  const call = { timeoutMs: 0, signal: io.interrupted };
  const count = async (): Promise<bigint> => (await admin.discardDeadLetters(selector, { ...call, dryRun: true })).discarded;
  const report = (discarded: bigint, dryRun: boolean): ExitCode => {
    const answer = create(DiscardDeadLettersResponseSchema, { discarded });
    if (options.json === true) io.out(resultJson(DiscardDeadLettersResponseSchema, answer, dryRun));
    return 0;
  };
  let known = await count();
  if (options.json !== true) io.out(await formatDiscard(admin, selector, known, io));
  if (options.dryRun === true || known === 0n) return report(known, true);
  for (;;) {
    await confirm(io, `Discard ${counted(known, "dead letter")} for good?`, options);
    // While the user thought, more may have been given up that the selector means: nobody said yes to those.
    const isMore = options.yes !== true && known < (known = await count());
    if (!isMore) break;
    io.err(`meanwhile there are ${formatCount(known)}\n`);
  }
  const { discarded } = await admin.discardDeadLetters(selector, call);
  if (options.json !== true) io.out(`${counted(discarded, "dead letter was", "dead letters were")} discarded\n`);
  return report(discarded, false);
}

function formatReplay({ destinations }: ReplayDeadLettersResponse): string {
  if (destinations.length === 0) return "no dead letters to replay\n";
  const columns = [
    { title: "DESTINATION" },
    { title: "TO REPLAY", isNumber: true },
    { title: "OUTSIDE TODAY'S FILTER", isNumber: true },
    { title: "GONE", isNumber: true },
    { title: "CONFIGURATION" },
  ];
  const rows = destinations.map(({ destination, replayed, wouldSkip, gone, configHash }) => [
    printable(destination),
    formatCount(replayed),
    formatCount(wouldSkip),
    formatCount(gone),
    printable(configHash),
  ]);
  const notes = destinations
    .filter(({ problem }) => problem !== "")
    .map(({ destination, problem }) => `${printable(destination)} cannot be replayed now: ${printable(problem)}\n`);
  if (destinations.some(({ wouldSkip }) => wouldSkip > 0n)) notes.push("a replay delivers what is outside today's filter all the same\n");
  if (destinations.some(({ gone }) => gone > 0n)) notes.push("gone: removed from the journal by retention, these cannot come back\n");
  return `${formatTable(columns, rows)}${notes.length === 0 ? "" : `\n${notes.join("")}`}`;
}

/** By reason, and what a replay would do with them instead. */
async function formatDiscard(admin: TapioAdmin, selector: DeadLetterSelectorInit, count: bigint, io: Io): Promise<string> {
  if (count === 0n) return "no dead letters to discard\n";
  const call = { timeoutMs: 0, signal: io.interrupted };
  const { countsByCode } = await admin.listDeadLetters({ selector, pageSize: 1 }, call);
  const { replayed, wouldSkip } = await admin.replayDeadLetters(selector, { ...call, dryRun: true });
  const rows = Object.entries(countsByCode)
    .sort(([, a], [, b]) => Number(b - a))
    .map(([code, ofCode]) => [printable(code), formatCount(ofCode)]);
  const inside = replayed - wouldSkip;
  return `${formatTable([{ title: "CODE" }, { title: "DEAD", isNumber: true }], rows)}
A replay would deliver ${counted(replayed, "record")} instead; today's filters take ${formatCount(inside)} of them.\n`;
}

function resultJson<Schema extends DescMessage>(schema: Schema, answer: MessageShape<Schema>, dryRun: boolean): string {
  return `${JSON.stringify({ ...(toJson(schema, answer, { alwaysEmitImplicit: true }) as object), dryRun })}\n`;
}
