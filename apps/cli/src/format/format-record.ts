import type { Record } from "@tapio/contracts/domain/v1/record";
import { formatTimestamp, severityName } from "@tapio/domain";
import { printable } from "./printable.ts";

/** One line for people: sequence, time, severity, kind, type, what it concerns, and its message. */
export function formatRecord(sequence: number, record: Record): string {
  const { case: kind, value } = record.kind;
  if (value === undefined) return `${sequence}  (no kind)`;
  const time = value.time === undefined ? "" : formatTimestamp(value.time).replace(/\.?0*Z$/, "Z");
  const resource = value.resources[0];
  const where =
    resource === undefined
      ? (value.source?.node ?? "")
      : `${resource.kind} ${[resource.namespace, resource.name].filter((part) => part !== "").join("/")}`;
  const text = kind === "event" ? value.message : kind === "finding" ? value.title : value.summary;
  const columns = [
    String(sequence).padStart(8),
    time.padEnd(30),
    severityName(value.severity).padEnd(8),
    kind.padEnd(11),
    value.type,
    where,
    text,
  ];
  return columns
    .filter((column) => column !== "")
    .map(printable)
    .join("  ");
}
