import { toJson } from "@bufbuild/protobuf";
import { DeadLetterSchema, type Attempt, type DeadLetter } from "@tapio/contracts/admin/v1/admin";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { formatCount } from "./format-numbers.ts";
import { formatRecord } from "./format-record.ts";
import { formatList, formatRows, formatTable, type Column } from "./format-table.ts";
import { formatAgo, formatDuration, formatTime } from "./format-times.ts";
import { printable, shortened } from "./printable.ts";

const MESSAGE_CHARACTERS_MAX = 80;

const columns: readonly Column[] = [
  { title: "SEQUENCE", isNumber: true },
  { title: "DESTINATION" },
  { title: "ID" },
  { title: "GIVEN UP" },
  { title: "ATTEMPTS", isNumber: true },
  { title: "CODE" },
  { title: "WHY" },
];

/** A line each. */
export function formatDeadLetters(deadLetters: readonly DeadLetter[], nowMs: number): string {
  return formatTable(
    columns,
    deadLetters.map((dead) => [
      sequenceText(dead),
      printable(dead.destination),
      dead.range === undefined ? printable(idOf(dead)) : "(range)",
      dead.deadTime === undefined ? "-" : formatAgo(dead.deadTime, nowMs),
      formatCount(attemptCount(dead)),
      printable(dead.code),
      shortened(dead.message, MESSAGE_CHARACTERS_MAX),
    ]),
  );
}

/** Everything that is known of one, its record in proto3 JSON included. */
export function formatDeadLetter(dead: DeadLetter): string {
  const { record, attempts } = dead;
  const facts = formatList([
    ["destination", printable(dead.destination)],
    ["id", printable(idOf(dead))],
    ["sequence", sequenceText(dead)],
    ["accepted", record?.acceptedTime && formatTime(record.acceptedTime)],
    ["given up", dead.deadTime && formatTime(dead.deadTime)],
    ["code", printable(dead.code)],
    ["why", printable(dead.message)],
  ]);
  const summary = record?.record === undefined ? "" : `${formatRecord(Number(record.sequence), record.record)}\n`;
  const whole = record?.record === undefined ? "" : `${JSON.stringify(toJson(RecordSchema, record.record), undefined, 2)}\n`;
  return `${summary}${facts}${formatAttempts(attempts)}${whole}`;
}

/** One per line, the last one first, set in. */
export function formatAttempts(attempts: readonly Attempt[]): string {
  const rows = attempts.map(({ number, startTime, duration, code, message }) => [
    `  #${number}`,
    startTime === undefined ? "-" : formatTime(startTime),
    duration === undefined ? "-" : formatDuration(duration),
    code === "" ? "delivered" : printable(`${code}: ${message}`),
  ]);
  return formatRows([{}, {}, { isNumber: true }, {}], rows);
}

/** One line. */
export function deadLetterJson(dead: DeadLetter): string {
  return `${JSON.stringify(toJson(DeadLetterSchema, dead))}\n`;
}

function idOf({ record }: DeadLetter): string {
  return record?.record?.kind.value?.id ?? "";
}

function sequenceText({ record, range }: DeadLetter): string {
  return range === undefined ? String(record?.sequence ?? "-") : `${range.fromSequence}-${range.toSequence}`;
}

/** All of them, not only those that are kept. */
function attemptCount({ attempts }: DeadLetter): number {
  return Math.max(0, ...attempts.map(({ number }) => number));
}
