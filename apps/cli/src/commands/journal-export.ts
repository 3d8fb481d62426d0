import { JournalError, type JournalRecord, type SequenceRange } from "@tapio/journal";
import type { Command } from "commander";
import { exportedBinary, exportedJson } from "../exported-record.ts";
import { counted, formatCount } from "../format/format-numbers.ts";
import { printable } from "../format/printable.ts";
import type { ExitCode, Io, Output } from "../io.ts";
import { orFailure } from "../journal-failure.ts";
import { journalTools } from "../journal-tools.ts";
import { badOption, wholeNumber } from "../options/option-values.ts";

interface ExportOptions {
  readonly data: string;
  readonly after?: string;
  readonly until?: string;
  readonly format: string;
  readonly output: string;
  readonly skipDamaged?: boolean;
}

type Encode = (record: JournalRecord) => string | Uint8Array;

const formats: ReadonlyMap<string, Encode> = new Map<string, Encode>([
  ["json", exportedJson],
  ["binary", exportedBinary],
]);

/** Written at once: a call for each record would take most of the time. */
const CHUNK_BYTES = 256 * 1024;
/** So many records between two lines that tell how far it is. */
const RECORDS_PER_LINE = 1_000_000;

/** `tapioctl journal export`. */
export function addJournalExport(command: Command, io: Io, exit: (code: ExitCode) => void): void {
  command
    .option("--after <sequence>", "records above this sequence (default: all that are kept)")
    .option("--until <sequence>", "up to this one (default: the newest at the beginning of the export)")
    .option("--format <format>", "json: one object per line; binary: delimited tapio.subscribe.v1.SequencedRecord messages", "json")
    .option("--output <file>", 'a new file; "-" is standard output', "-")
    .option("--skip-damaged", "leave out what cannot be read, and say so")
    .action(async (options: ExportOptions) => exit(await exportJournal(options, io)));
}

/** 1 when records were left out. */
async function exportJournal(options: ExportOptions, io: Io): Promise<ExitCode> {
  const encode = formats.get(options.format) ?? badOption("--format", options.format, [...formats.keys()].join(", "));
  let leftOut = 0;
  const onDamaged = ({ from, to }: SequenceRange, { message }: Error): void => {
    leftOut += to - from + 1;
    io.err(`left out ${from === to ? from : `${from} to ${to}`}: ${printable(message)}\n`);
  };
  const encoded: Encode = (record) => {
    try {
      return encode(record);
    } catch (reason) {
      const problem = new JournalError("corrupt", `record ${record.sequence} cannot be read as a record: ${String(reason)}`, reason);
      if (options.skipDamaged !== true) throw problem;
      onDamaged({ from: record.sequence, to: record.sequence }, problem);
      return "";
    }
  };
  const { exportRecords } = await journalTools();
  const records = exportRecords(options.data, {
    after: wholeNumber("--after", options.after ?? "0"),
    until: options.until === undefined ? undefined : wholeNumber("--until", options.until),
    ...(options.skipDamaged === true && { onDamaged }),
  });
  const copy = options.output === "-" ? "" : options.output;
  const written = await orFailure(io, copy, () => writeAll(records, encoded, () => io.openOutput(options.output), io));
  io.err(`exported ${counted(written, "record")}${leftOut === 0 ? "" : `, left out ${formatCount(leftOut)}`}\n`);
  return leftOut === 0 ? 0 : 1;
}

/** How many records were written. The output is opened after the first one was: a wrong folder leaves no empty file behind. */
async function writeAll(
  records: AsyncGenerator<JournalRecord, void>,
  encode: Encode,
  open: () => Promise<Output>,
  io: Io,
): Promise<number> {
  let count = 0;
  let chunk: Buffer[] = [];
  let chunkBytes = 0;
  let next = await records.next();
  const output = await open();
  const flush = async (): Promise<void> => {
    if (chunkBytes > 0) await output.write(Buffer.concat(chunk));
    chunk = [];
    chunkBytes = 0;
  };
  for (; next.done !== true; next = await records.next()) {
    io.interrupted.throwIfAborted();
    const bytes = Buffer.from(encode(next.value));
    chunk.push(bytes);
    chunkBytes += bytes.byteLength;
    if (bytes.byteLength > 0) count += 1;
    if (chunkBytes >= CHUNK_BYTES) await flush();
    if (count % RECORDS_PER_LINE === 0) io.err(`${formatCount(count)} records\n`);
  }
  await flush();
  await output.close();
  return count;
}
