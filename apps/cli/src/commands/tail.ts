import { toJson } from "@bufbuild/protobuf";
import { RecordKind, RecordSchema } from "@tapio/contracts/domain/v1/record";
import type { ReconnectEvent, SubscribeOptions, SubscribeStart } from "@tapio/client";
import type { TapioNodeClient } from "@tapio/client/node";
import { parseRfc3339, parseSeverity, unixNanosOf } from "@tapio/domain";
import type { Command } from "commander";
import { formatRecord } from "../format-record.ts";
import type { ExitCode, Io } from "../io.ts";
import { badOption, limitOf, wholeNumber } from "../option-values.ts";
import { withClient, withServerOptions, type ServerOptions } from "../server-options.ts";

interface TailOptions extends ServerOptions {
  readonly from: string;
  readonly kind: readonly string[];
  readonly type: readonly string[];
  readonly namespace: readonly string[];
  readonly minSeverity?: string;
  readonly expression?: string;
  readonly limit?: string;
  readonly json?: boolean;
}

const kinds: ReadonlyMap<string, RecordKind> = new Map([
  ["event", RecordKind.EVENT],
  ["finding", RecordKind.FINDING],
  ["correlation", RecordKind.CORRELATION],
]);

const collect = (value: string, all: readonly string[]): readonly string[] => [...all, value];

/** `tapioctl tail`: records as they come, until Ctrl-C or `--limit`. */
export function addTail(program: Command, io: Io, exit: (code: ExitCode) => void): void {
  const command = program
    .command("tail")
    .description("show records as they come; goes on by itself after a broken connection")
    .option("--from <place>", "head, beginning, a sequence (goes on after it), or a time in RFC 3339", "head")
    .option("--kind <kind>", "event, finding or correlation; may be given again", collect, [] as readonly string[])
    .option("--type <glob>", 'e.g. "kernel.network.*"; may be given again', collect, [] as readonly string[])
    .option("--namespace <name>", "may be given again", collect, [] as readonly string[])
    .option("--min-severity <name>", "debug, info, warning, error or critical")
    .option("--expression <cel>", 'e.g. \'event.labels["team"] == "core"\'')
    .option("--limit <n>", "stop after so many records")
    .option("--json", "one JSON object per record");
  withServerOptions(command, io).action(async (options: TailOptions) => {
    const subscription = subscriptionOf(options);
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
      if (item.lost !== undefined) io.err(`lost to retention: sequences ${item.lost.fromSequence} to ${item.lost.toSequence}\n`);
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

function subscriptionOf(options: TailOptions): SubscribeOptions {
  return {
    start: startOf(options.from),
    filter: {
      kinds: options.kind.map((name) => kinds.get(name) ?? badOption("--kind", name, [...kinds.keys()].join(", "))),
      types: [...options.type],
      namespaces: [...options.namespace],
      minSeverity:
        options.minSeverity === undefined
          ? 0
          : (parseSeverity(options.minSeverity) ??
            badOption("--min-severity", options.minSeverity, "debug, info, warning, error, critical")),
      expression: options.expression ?? "",
    },
  };
}

function startOf(place: string): SubscribeStart {
  if (place === "head" || place === "beginning") return place;
  if (/^\d+$/.test(place)) return { afterSequence: wholeNumber("--from", place) };
  const time = parseRfc3339(place);
  if (time === undefined) return badOption("--from", place, "head, beginning, a sequence, a time such as 2026-11-01T12:00:00Z");
  return { timeMs: Number(unixNanosOf(time) / 1_000_000n) };
}
