import { scanRecord } from "@tapio/domain";
import type { Command } from "commander";
import { formatJournal, formatLosses, formatProblems } from "../format/format-journal.ts";
import { counted } from "../format/format-numbers.ts";
import type { ExitCode, Io } from "../io.ts";
import { orFailure } from "../journal-failure.ts";
import { createProgress } from "../progress.ts";
import { journalTools } from "../journal-tools.ts";
import { addJournalExport } from "./journal-export.ts";

export interface DataOptions {
  readonly data: string;
  readonly json?: boolean;
}

interface CopyOptions extends DataOptions {
  readonly to: string;
}

/** `tapioctl journal check|repair|export|backup`: on a journal's folder, not on a gateway. */
export function addJournal(program: Command, io: Io, exit: (code: ExitCode) => void): void {
  const journal = program
    .command("journal")
    .description("look into a journal's folder, and copy what is in it; the original is never changed");
  const on = (name: string, description: string): Command =>
    journal
      .command(name)
      .description(description)
      .option("--data <folder>", "the journal's folder (or TAPIO_DATA)", io.env["TAPIO_DATA"] || "./tapio-data");
  on("check", "read everything, and say what is not as it was written; also while a gateway runs on it")
    .option("--json", "as one JSON object")
    .action(async (options: DataOptions) => exit(await check(options, io)));
  on("backup", "copy the journal as it is now into a new folder, and read the copy back; also while a gateway runs on it")
    .requiredOption("--to <folder>", "a new or empty folder")
    .option("--json", "as one JSON object")
    .action(async (options: CopyOptions) => exit(await backup(options, io)));
  on("repair", "copy everything that can be read into a new folder; for a gateway that is stopped")
    .requiredOption("--to <folder>", "a new or empty folder")
    .option("--json", "as one JSON object")
    .action(async (options: CopyOptions) => exit(await repair(options, io)));
  addJournalExport(on("export", "write its records as JSON lines or as protobuf; also while a gateway runs on it"), io, exit);
}

async function check({ data, json }: DataOptions, io: Io): Promise<ExitCode> {
  const { checkJournal } = await journalTools();
  const report = await orFailure(io, "", () => checkJournal(data, { onProgress: createProgress(io), idOf }));
  if (json === true) io.out(`${JSON.stringify(report)}\n`);
  else io.out(`${formatJournal(report)}${report.isWhole ? "\nno problems\n" : ""}`);
  if (report.isWhole) return 0;
  const found = counted(report.problems.length, "problem");
  if (json !== true)
    io.err(
      `${formatProblems(report.problems)}${found} in ${data}. Stop the gateway, then: tapioctl journal repair --data ${data} --to NEW-FOLDER\n`,
    );
  return 1;
}

async function backup({ data, to, json }: CopyOptions, io: Io): Promise<ExitCode> {
  const { backupJournal } = await journalTools();
  const report = await orFailure(io, to, () => backupJournal(data, { to, onProgress: createProgress(io), idOf }));
  io.out(json === true ? `${JSON.stringify(report)}\n` : `${formatJournal(report)}\nthe copy is whole, and on the disk\n`);
  return 0;
}

/** 1 when something could not be saved. */
async function repair({ data, to, json }: CopyOptions, io: Io): Promise<ExitCode> {
  const { repairJournal } = await journalTools();
  const { repaired, losses } = await orFailure(io, to, () => repairJournal(data, { to, onProgress: createProgress(io) }));
  if (json === true) io.out(`${JSON.stringify({ repaired, losses })}\n`);
  else {
    io.out(formatJournal(repaired));
    if (repaired.lost.length > 0) io.err(formatLosses(repaired.lost));
    for (const loss of losses) io.err(`${loss}\n`);
    io.out(
      `\n${data} is as it was. To go on with the copy: start the gateway with TAPIO_DATA=${to}, or move it to where the journal was\n`,
    );
  }
  return repaired.lost.length + losses.length === 0 ? 0 : 1;
}

/** The id of an encoded record, for the check: `undefined` when it cannot be told. */
function idOf(bytes: Uint8Array): string | undefined {
  const scan = scanRecord(bytes);
  return scan.ok ? scan.header.id : undefined;
}
