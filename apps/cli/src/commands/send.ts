import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { EventSchema } from "@tapio/contracts/domain/v1/event";
import { RecordSchema, type Record } from "@tapio/contracts/domain/v1/record";
import type { PublishResult } from "@tapio/client";
import type { TapioNodeClient } from "@tapio/client/node";
import { createUuidV7, parseSeverity } from "@tapio/domain";
import type { Command } from "commander";
import { CommandFailure, type ExitCode, type Io } from "../io.ts";
import { badOption, collect } from "../options/option-values.ts";
import { readRecords, type ReadRecord } from "../read-records.ts";
import { withClient, withServerOptions, type ServerOptions } from "../options/server-options.ts";

interface SendOptions extends ServerOptions {
  readonly type?: string;
  readonly severity: string;
  readonly message: string;
  readonly namespace?: string;
  readonly label: readonly string[];
  readonly id?: string;
  readonly json?: boolean;
}

interface SentRecord {
  readonly index: number;
  readonly result: PublishResult;
}

const batchRecords = 500;

/** `tapioctl send [FILE|-]`: records from a file, or one event from options. */
export function addSend(program: Command, io: Io, exit: (code: ExitCode) => void): void {
  const command = program
    .command("send")
    .description("send records and wait until they are durable")
    .argument("[file]", 'records in proto3 JSON, e.g. {"event": {...}}: one, an array, or one per line; "-" is standard input')
    .option("--type <type>", "send one event of this type instead of a file, e.g. kernel.node.cpu_stall")
    .option("--severity <name>", "of that event", "info")
    .option("--message <text>", "of that event", "")
    .option("--namespace <name>", "Kubernetes namespace of that event")
    .option("--label <key=value>", "of that event; may be given again", collect, [] as readonly string[])
    .option("--id <id>", "of that event; the same id twice is recognised (default: a new one)")
    .option("--json", "one JSON object per record");
  withServerOptions(command, io).action(async (file: string | undefined, options: SendOptions) => {
    const records = await recordsToSend(file, options, io);
    const sent = await withClient(io, options, (client) => sendAll(client, records, io));
    report(sent, options.json === true, io);
    exit(sent.some(({ result }) => result.status === "rejected") ? 1 : 0);
  });
}

async function recordsToSend(file: string | undefined, options: SendOptions, io: Io): Promise<readonly ReadRecord[]> {
  if (options.type !== undefined && file !== undefined) throw new CommandFailure(2, "give a file or --type, not both");
  if (options.type !== undefined) return [{ index: 0, record: eventOf(options.type, options, io) }];
  if (file === undefined) throw new CommandFailure(2, 'nothing to send: give a file, "-" for standard input, or --type');
  return readRecords(await io.readInput(file), file);
}

function eventOf(type: string, options: SendOptions, io: Io): Record {
  const severity = parseSeverity(options.severity);
  if (severity === undefined) return badOption("--severity", options.severity, "debug, info, warning, error, critical");
  const newId = createUuidV7({ now: () => io.now(), random: (bytes) => void crypto.getRandomValues(bytes) });
  const value = create(EventSchema, {
    id: options.id ?? newId(),
    time: timestampFromMs(io.now()),
    type,
    severity,
    message: options.message,
    source: { kind: "tapioctl" },
    labels: Object.fromEntries(options.label.map(labelOf)),
    resources: options.namespace === undefined ? [] : [{ kind: "namespace", name: options.namespace, namespace: options.namespace }],
  });
  return create(RecordSchema, { kind: { case: "event", value } });
}

function labelOf(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new CommandFailure(2, `--label: "${text}" is not key=value`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

async function sendAll(client: TapioNodeClient, records: readonly ReadRecord[], io: Io): Promise<readonly SentRecord[]> {
  const sent: SentRecord[] = [];
  const good: { index: number; record: Record }[] = [];
  for (const entry of records) {
    if ("record" in entry) good.push(entry);
    else
      sent.push({
        index: entry.index,
        result: { status: "rejected", id: entry.problem.id ?? "", field: entry.problem.field, reason: entry.problem.reason },
      });
  }
  for (let from = 0; from < good.length; from += batchRecords) {
    const batch = good.slice(from, from + batchRecords);
    const results = await client.publish(
      batch.map(({ record }) => record),
      { signal: io.interrupted },
    );
    results.forEach((result, at) => sent.push({ index: batch[at]?.index ?? 0, result }));
    if (good.length > batchRecords) io.err(`sent ${Math.min(from + batchRecords, good.length)} of ${good.length}\n`);
  }
  return sent.sort((a, b) => a.index - b.index);
}

function report(sent: readonly SentRecord[], asJson: boolean, io: Io): void {
  if (asJson) {
    for (const { index, result } of sent) io.out(`${JSON.stringify({ index, ...result })}\n`);
    return;
  }
  for (const { index, result } of sent) {
    if (result.status === "rejected")
      io.err(`records[${index}]${result.id === "" ? "" : ` ${result.id}`}: ${result.field}: ${result.reason}\n`);
  }
  const count = (status: PublishResult["status"]): number => sent.filter(({ result }) => result.status === status).length;
  const only = sent[0]?.result;
  if (sent.length === 1 && only !== undefined && only.status !== "rejected")
    io.out(`${only.status}: ${only.id} at sequence ${only.sequence}\n`);
  else io.out(`accepted ${count("accepted")}, duplicates ${count("duplicate")}, rejected ${count("rejected")}\n`);
}
