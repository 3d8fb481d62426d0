import { toJson } from "@bufbuild/protobuf";
import {
  BreakerStateSchema,
  DestinationSchema,
  DestinationState,
  DestinationStateSchema,
  type Attempt,
  type Destination,
} from "@tapio/contracts/admin/v1/admin";
import { enumText } from "./enum-text.ts";
import { formatBytes, formatCount, formatRate } from "./format-numbers.ts";
import { formatList, formatTable, type Column } from "./format-table.ts";
import { formatAgo, formatDuration, formatTime } from "./format-times.ts";
import { printable, shortened } from "./printable.ts";

const ERROR_CHARACTERS_MAX = 80;

const columns: readonly Column[] = [
  { title: "NAME" },
  { title: "INTEGRATION" },
  { title: "STATE" },
  { title: "LAG", isNumber: true },
  { title: "BEHIND", isNumber: true },
  { title: "WAITING", isNumber: true },
  { title: "PARKED", isNumber: true },
  { title: "DEAD", isNumber: true },
  { title: "RATE", isNumber: true },
  { title: "BREAKER" },
  { title: "LAST ERROR" },
];

/** A line per destination, and below them why some do not run. */
export function formatDestinations(destinations: readonly Destination[], nowMs: number): string {
  const rows = destinations.map((destination) => [
    printable(destination.name),
    printable(destination.integration),
    stateText(destination),
    formatCount(destination.lagRecords),
    destination.lagTime === undefined ? "-" : formatDuration(destination.lagTime),
    formatCount(destination.waiting),
    formatCount(destination.parked),
    formatCount(destination.deadLetters),
    formatRate(destination.deliveredPerSecond),
    breakerText(destination),
    destination.lastFailure === undefined ? "-" : shortened(failureText(destination.lastFailure, nowMs), ERROR_CHARACTERS_MAX),
  ]);
  const notes = destinations.filter(({ reason }) => reason !== "").map((destination) => `${sentenceOf(destination)}\n`);
  return `${formatTable(columns, rows)}${notes.length === 0 ? "" : `\n${notes.join("")}`}`;
}

/** Everything that is known of one. */
export function formatDestination(destination: Destination, nowMs: number): string {
  const { lagTime, lastFailure, nextAttemptTime } = destination;
  return formatList([
    ["name", printable(destination.name)],
    ["integration", printable(destination.integration)],
    ["state", stateText(destination)],
    ["why", printable(destination.reason)],
    [
      "health",
      `${destination.healthy ? "healthy" : "not healthy"}${destination.healthMessage === "" ? "" : `: ${printable(destination.healthMessage)}`}`,
    ],
    ["breaker", breakerText(destination)],
    ["cursor", `${destination.cursor}`],
    ["lag", lagText(destination)],
    ["oldest of it", lagTime && `${formatDuration(lagTime)} old`],
    ["in flight", formatCount(destination.inFlight)],
    ["waiting", formatCount(destination.waiting)],
    ["next attempt", nextAttemptTime && `${formatTime(nextAttemptTime)} (${formatAgo(nextAttemptTime, nowMs)})`],
    ["parked", formatCount(destination.parked)],
    ["dead letters", formatCount(destination.deadLetters)],
    [
      "delivered",
      `${formatCount(destination.delivered)} since the gateway's start, ${formatRate(destination.deliveredPerSecond)} over the last minute`,
    ],
    ["failed attempts", `${formatRate(destination.failedPerSecond)} over the last minute`],
    ["skipped", `${formatCount(destination.skipped)} since the gateway's start`],
    ["last error", lastFailure && failureText(lastFailure, nowMs)],
    ["configuration", printable(destination.configHash)],
  ]);
}

/** One line, with every field, whatever its value. */
export function destinationJson(destination: Destination): string {
  return `${JSON.stringify(toJson(DestinationSchema, destination, { alwaysEmitImplicit: true }))}\n`;
}

/** `oncall is paused: an operator stopped it`. */
export function sentenceOf(destination: Destination): string {
  const { name, reason } = destination;
  return `${printable(name)} is ${stateText(destination)}${reason === "" ? "" : `: ${printable(reason)}`}`;
}

export function lagText({ lagRecords, lagBytes }: Destination): string {
  return `${formatCount(lagRecords)} records${lagRecords === 0n ? "" : `, ${formatBytes(lagBytes)}`}`;
}

function stateText({ state }: Destination): string {
  return state === DestinationState.UNSPECIFIED ? "unknown" : enumText(DestinationStateSchema, state);
}

function breakerText({ breaker }: Destination): string {
  return breaker === 0 ? "-" : enumText(BreakerStateSchema, breaker);
}

function failureText({ startTime, code, message }: Attempt, nowMs: number): string {
  const when = startTime === undefined ? "" : `${formatAgo(startTime, nowMs)}: `;
  return printable(`${when}${code}: ${message}`);
}
