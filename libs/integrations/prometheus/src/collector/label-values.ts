import { CorrelationKind } from "@tapio/contracts/domain/v1/correlation";
import { FindingState } from "@tapio/contracts/domain/v1/finding";
import { Outcome, Severity } from "@tapio/contracts/domain/v1/types";

/** The names of an enum's values as labels, e.g. `CRITICAL` -> `critical`; what a later version may add is `unspecified`. */
function labelsOf(values: Readonly<Record<string, number | string>>): readonly string[] {
  const labels: string[] = [];
  for (const [name, value] of Object.entries(values)) if (typeof value === "number") labels[value] = name.toLowerCase();
  return labels;
}

const severities = labelsOf(Severity);
const outcomes = labelsOf(Outcome);
const correlationKinds = labelsOf(CorrelationKind);

export const severityLabel = (severity: Severity): string => severities[severity] ?? "unspecified";
export const outcomeLabel = (outcome: Outcome): string => outcomes[outcome] ?? "unspecified";
export const correlationKindLabel = (kind: CorrelationKind): string => correlationKinds[kind] ?? "unspecified";
/** A state that is not stated is read as open, as the contract says. */
export const stateLabel = (state: FindingState): string => (state === FindingState.RESOLVED ? "resolved" : "open");

/** The longest type that the contract admits: eight segments of 64 and seven dots. Kubernetes' names are shorter. */
const textLengthMax = 519;

/**
 * Free text as a label's value: no longer than 519 UTF-16 code units, so that a series' size is bounded, and without NUL, which
 * separates the values of a key.
 */
export function textLabel(text: string): string {
  const cut = text.length <= textLengthMax ? text : text.slice(0, textLengthMax);
  const bounded = cut.isWellFormed() ? cut : cut.toWellFormed();
  return bounded.includes("\0") ? bounded.replaceAll("\0", "\uFFFD") : bounded;
}
