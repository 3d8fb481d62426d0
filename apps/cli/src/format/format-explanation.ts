import { DeliveryState, DeliveryStateSchema, type DeliveryExplanation, type ExplainResponse } from "@tapio/contracts/admin/v1/admin";
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

function verdictOf({ state, reason, settleTime, nextAttemptTime, configHash }: DeliveryExplanation, nowMs: number): string {
  const word = state === DeliveryState.UNSPECIFIED ? "not known" : enumText(DeliveryStateSchema, state);
  const when = settleTime === undefined ? "" : ` ${formatTime(settleTime)}`;
  const next = nextAttemptTime === undefined ? "" : `, next attempt ${formatTime(nextAttemptTime)} (${formatAgo(nextAttemptTime, nowMs)})`;
  const config = configHash === "" ? "" : `  (configuration ${printable(configHash)})`;
  return `${word}${when}${next}${whyOf(word, printable(reason))}${config}`;
}

/** `delivered at attempt 1` does not say twice that it is delivered. */
function whyOf(word: string, reason: string): string {
  if (reason === "") return "";
  return reason.startsWith(`${word} `) ? reason.slice(word.length) : `: ${reason}`;
}
