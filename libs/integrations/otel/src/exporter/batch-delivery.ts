import { delivered, failed } from "@tapio/integration-core";
import type { IntegrationError, Outcome } from "@tapio/integration-core";
import type { ExportResult } from "../core/interfaces.ts";

export interface BatchDeliveryOptions {
  /** How many records there are, at least one. */
  readonly count: number;
  /** Sends the records from `start` up to, not including, `end` as one request, or refuses to when it would be too large. */
  readonly send: (start: number, end: number) => Promise<ExportResult>;
  readonly requestsMax: number;
  /** The error of those records that are not settled when the requests are spent. */
  readonly exhausted: (refusal: IntegrationError) => IntegrationError;
}

/**
 * Delivers records with as few requests as possible: all in one, and halves of what the receiver refuses, until the record that it
 * cannot take stands alone. Any other failure ends the attempt: what the receiver has not yet answered for shares its error.
 */
export async function deliverBatch(options: BatchDeliveryOptions): Promise<readonly Outcome[]> {
  const { count, send, requestsMax, exhausted } = options;
  const outcomes: Outcome[] = [];
  // Ranges lie behind one another, so outcomes are found in the records' order.
  const waiting: { readonly start: number; readonly end: number }[] = [{ start: 0, end: count }];
  for (let requests = 0, refusal: IntegrationError | undefined; ; requests++) {
    const range = waiting.pop();
    if (range === undefined) return outcomes;
    if (requests >= requestsMax && refusal !== undefined) return fill(outcomes, count, failed(exhausted(refusal)));
    const result = await send(range.start, range.end);
    if (result.kind === "failed") return fill(outcomes, count, failed(result.error));
    if (result.kind === "accepted") {
      // One `partial` object for all: whoever counts must count a request's rejections once.
      fill(outcomes, range.end, delivered(result.partial));
      continue;
    }
    refusal = result.error;
    if (range.end - range.start === 1) {
      outcomes.push(failed(result.error));
      continue;
    }
    const middle = (range.start + range.end) >>> 1;
    waiting.push({ start: middle, end: range.end }, { start: range.start, end: middle });
  }
}

function fill(outcomes: Outcome[], until: number, outcome: Outcome): readonly Outcome[] {
  while (outcomes.length < until) outcomes.push(outcome);
  return outcomes;
}
