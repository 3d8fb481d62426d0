import { toJson } from "@bufbuild/protobuf";
import type { KeptRecord, ListOptions } from "@tapio/client";
import type { TapioNodeClient } from "@tapio/client/node";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import type { Command } from "commander";
import { formatRecord } from "../format/format-record.ts";
import { formatTimeMs } from "../format/format-times.ts";
import { CommandFailure, type ExitCode, type Io } from "../io.ts";
import { filterOf, hasFilter, withFilterOptions, type FilterOptions } from "../options/filter-options.ts";
import { limitOf, wholeNumber } from "../options/option-values.ts";
import { placeHelp, placeOf } from "../options/place.ts";
import { withClient, withServerOptions, type ServerOptions } from "../options/server-options.ts";

interface QueryOptions extends ServerOptions, FilterOptions {
  readonly from?: string;
  readonly to?: string;
  readonly limit?: string;
  readonly json?: boolean;
}

/** As large as a page may be: a long list needs fewer calls. */
const PAGE_RECORDS = 1_000;

/** `tapioctl query [ID]`: one record, or those that a filter takes. */
export function addQuery(program: Command, io: Io, exit: (code: ExitCode) => void): void {
  const command = program
    .command("query")
    .description("show a record of the journal by its id, or those that a filter takes, and end")
    .argument("[id]", "the record's id")
    .option("--from <place>", `${placeHelp} (default: beginning)`)
    .option("--to <sequence>", "the last sequence to look at (default: the newest)")
    .option("--limit <n>", "stop after so many records")
    .option("--json", "one JSON object per record");
  withServerOptions(withFilterOptions(command), io).action(async (id: string | undefined, options: QueryOptions) => {
    exit(await withClient(io, options, (client) => (id === undefined ? list(client, options, io) : get(client, id, options, io))));
  });
}

async function get(client: TapioNodeClient, id: string, options: QueryOptions, io: Io): Promise<ExitCode> {
  const { from, to, limit } = options;
  if (hasFilter(options) || from !== undefined || to !== undefined || limit !== undefined)
    throw new CommandFailure(2, "give an id or a filter, not both");
  const kept = await client.getRecord(id, { signal: io.interrupted });
  if (options.json === true) io.out(keptRecordJson(kept));
  else io.out(`${formatRecord(kept.sequence, kept.record)}\n${JSON.stringify(toJson(RecordSchema, kept.record), undefined, 2)}\n`);
  return 0;
}

/** 1 when records could not be read. */
async function list(client: TapioNodeClient, options: QueryOptions, io: Io): Promise<ExitCode> {
  const limit = limitOf(options.limit);
  let code: ExitCode = 0;
  const request: ListOptions = {
    start: placeOf("--from", options.from ?? "beginning", io.now()),
    filter: filterOf(options),
    untilSequence: wholeNumber("--to", options.to ?? "0"),
    pageSize: Math.min(PAGE_RECORDS, Math.max(1, limit)),
    signal: io.interrupted,
    onLost({ fromSequence, toSequence }) {
      io.err(`cannot be read any more: sequences ${fromSequence} to ${toSequence}; tapioctl journal check says more\n`);
      code = 1;
    },
  };
  let shown = 0;
  if (limit === 0) return code;
  const output = await io.openOutput("-");
  for await (const kept of client.listRecords(request)) {
    await output.write(options.json === true ? keptRecordJson(kept) : `${formatRecord(kept.sequence, kept.record)}\n`);
    shown += 1;
    if (shown >= limit) return code;
  }
  return code;
}

function keptRecordJson({ sequence, acceptedAtMs, record }: KeptRecord): string {
  return `${JSON.stringify({ sequence, acceptedTime: formatTimeMs(acceptedAtMs), record: toJson(RecordSchema, record) })}\n`;
}
