import type { Record } from "@tapio/contracts/domain/v1/record";
import type { Attribute, PlacedSpan, ResourceGroup, Span } from "../core/types.ts";
import { sourceKeyOf, resourceOf } from "../enricher/source-resource.ts";
import { correlationSpan } from "./correlation-span.ts";
import { eventSpan } from "./event-span.ts";
import { findingSpan } from "./finding-span.ts";

/** A record's kind and body, as in the `Record` envelope, never empty. */
export type RecordBodyOf = Exclude<Record["kind"], { case: undefined }>;

export function placeRecord(record: RecordBodyOf): PlacedSpan {
  return { span: spanOf(record), source: record.value.source };
}

/** Brings the spans of equal sources together under one Resource; keeps their order within it. */
export function groupByResource(placed: readonly PlacedSpan[], configured: readonly Attribute[]): readonly ResourceGroup[] {
  const groups = new Map<string, { readonly resource: readonly Attribute[]; readonly spans: Span[] }>();
  for (const { span, source } of placed) {
    const key = sourceKeyOf(source);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { resource: resourceOf(source, configured), spans: [span] });
    else group.spans.push(span);
  }
  return [...groups.values()];
}

function spanOf(record: RecordBodyOf): Span {
  switch (record.case) {
    case "event":
      return eventSpan(record.value);
    case "finding":
      return findingSpan(record.value);
    case "correlation":
      return correlationSpan(record.value);
  }
}
