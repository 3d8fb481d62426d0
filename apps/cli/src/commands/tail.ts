import { toJson } from "@bufbuild/protobuf";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import type { ReconnectEvent, SubscribeOptions } from "@tapio/client";
import type { TapioNodeClient } from "@tapio/client/node";
import type { Command } from "commander";
import { formatRecord } from "../format/format-record.ts";
import type { ExitCode, Io } from "../io.ts";
import { filterOf, withFilterOptions, type FilterOptions } from "../options/filter-options.ts";
import { limitOf } from "../options/option-values.ts";
import { placeHelp, placeOf } from "../options/place.ts";
import { withClient, withServerOptions, type ServerOptions } from "../options/server-options.ts";

interface TailOptions extends ServerOptions, FilterOptions {
  readonly from: string;
  readonly limit?: string;
  readonly json?: boolean;
}

/** `tapioctl tail`: records as they come, until Ctrl-C or `--limit`. */
export function addTail(program: Command, io: Io, exit: (code: ExitCode) => void): void {
  const command = program
    .command("tail")
    .description("show records as they come; goes on by itself after a broken connection")
    .option("--from <place>", placeHelp, "head")
    .option("--limit <n>", "stop after so many records")
    .option("--json", "one JSON object per record");
  withServerOptions(withFilterOptions(command), io).action(async (options: TailOptions) => {
    const subscription = { start: placeOf("--from", options.from, io.now()), filter: filterOf(options) };
    const limit = limitOf(options.limit);
    await withClient(io, options, (client) => show(client, subscription, limit, options.json === true, io));
    exit(0);
  });
}

async function show(client: TapioNodeClient, options: SubscribeOptions, limit: number, asJson: boolean, io: Io): Promise<void> {
  let shown = 0;
  if (limit === 0) return;
  const first = createFirstConnection(io);
  const subscription = client.subscribe({ ...options, signal: first.signal, onReconnect: (event) => first.onReconnect(event) });
  for await (const item of subscription) {
    first.succeeded();
    if (item.kind === "progress") {
      if (item.lost !== undefined) io.err(`lost to retention or damage: sequences ${item.lost.fromSequence} to ${item.lost.toSequence}\n`);
      continue;
    }
    io.out(
      asJson
        ? `${JSON.stringify({ sequence: item.sequence, record: toJson(RecordSchema, item.record) })}\n`
        : `${formatRecord(item.sequence, item.record)}\n`,
    );
    shown += 1;
    if (shown >= limit) return;
  }
  first.check();
}

/** A connection that breaks is made again without end; one that never came about is the user's mistake, and is told at once. */
function createFirstConnection(io: Io): {
  readonly signal: AbortSignal;
  succeeded(): void;
  onReconnect(event: ReconnectEvent): void;
  check(): void;
} {
  const giveUp = new AbortController();
  let isConnected = false;
  let failure: ReconnectEvent["error"] | undefined;
  return {
    signal: AbortSignal.any([io.interrupted, giveUp.signal]),
    succeeded() {
      isConnected = true;
    },
    onReconnect({ error, delayMs }) {
      if (isConnected) io.err(`${error.message}; connecting again in ${Math.ceil(delayMs / 1_000)} s\n`);
      else {
        failure = error;
        giveUp.abort();
      }
    },
    check() {
      if (failure !== undefined) throw failure;
    },
  };
}
