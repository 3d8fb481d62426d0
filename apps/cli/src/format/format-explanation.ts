import { timestampMs, type Timestamp } from "@bufbuild/protobuf/wkt";
import {
  DeliveryState,
  DeliveryStateSchema,
  type Attempt,
  type DeliveryExplanation,
  type ExplainResponse,
} from "@tapio/contracts/admin/v1/admin";
import { enumText } from "./enum-text.ts";
import { formatAttempts } from "./format-dead-letter.ts";
import { formatRecord } from "./format-record.ts";
import { formatAgo, formatTime } from "./format-times.ts";
import { printable } from "./printable.ts";

/** The record, and per destination the verdict in one line, with the attempts below it. */
export function formatExplanation({ record, deliveries }: ExplainResponse, nowMs: number): string {
  const accepted = record?.acceptedTime === undefined ? "" : `accepted ${formatTime(record.acceptedTime)}\n`;
  const head =
    record?.record === undefined
      ? "the journal does not keep this record any more\n"
      : `${formatRecord(Number(record.sequence), record.record)}\n${accepted}`;
  const width = Math.max(0, ...deliveries.map(({ destination }) => destination.length));
  const verdicts = deliveries.map(
    (delivery) => `${printable(delivery.destination).padEnd(width)}  ${verdictOf(delivery, nowMs)}\n${formatAttempts(delivery.attempts)}`,
  );
  return `${head}\n${verdicts.length === 0 ? "no destinations\n" : verdicts.join("")}`;
}

function verdictOf({ state, reason, attempts, settleTime, nextAttemptTime, configHash }: DeliveryExplanation, nowMs: number): string {
  const word = state === DeliveryState.UNSPECIFIED ? "not known" : enumText(DeliveryStateSchema, state);
  const when = settleTime === undefined ? "" : ` ${formatTime(settleTime)}`;
  const next = nextAttemptTime === undefined ? "" : nextAttemptText(nextAttemptTime, nowMs);
  const config = configHash === "" ? "" : `  (configuration ${printable(configHash)})`;
  return `${word}${when}${next}${whyOf(word, reason, attempts[0])}${config}`;
}

/** It may be due and not made, where the destination is paused or its breaker is open. */
function nextAttemptText(due: Timestamp, nowMs: number): string {
  const verb = timestampMs(due) < nowMs ? "due since" : "next attempt";
  return `, ${verb} ${formatTime(due)} (${formatAgo(due, nowMs)})`;
}

/** `delivered at attempt 1` does not say twice that it is delivered, and what the last attempt says stands below. */
function whyOf(word: string, reason: string, last: Attempt | undefined): string {
  if (reason === "") return "";
  if (last !== undefined && reason === `${last.code}: ${last.message}`) return `: ${printable(last.code)}`;
  return reason.startsWith(`${word} `) ? printable(reason.slice(word.length)) : `: ${printable(reason)}`;
}
