import { toBinary, toJson } from "@bufbuild/protobuf";
import type { SubscriptionItem } from "@tapio/client";
import { createTapioNodeClient } from "@tapio/client/node";
import { RecordSchema, type Record as TapioRecord } from "@tapio/contracts/domain/v1/record";
import { hashOfBytes, hashOfJson } from "./canonical.ts";

/** One record of the journal, as a reader of the API sees it. */
export interface JournalEntry {
  readonly sequence: number;
  readonly id: string;
  readonly bytesHash: string;
  readonly jsonHash: string;
  readonly kind: "event" | "finding" | "correlation";
  readonly type: string;
  readonly severity: number;
  readonly message: string;
  /** Names the first resource; empty: there is none. */
  readonly key: string;
}

/** Everything that is in the journal now, read from its beginning. */
export async function readJournal(url: string): Promise<readonly JournalEntry[]> {
  using client = createTapioNodeClient({ baseUrl: url });
  const entries: JournalEntry[] = [];
  for await (const item of client.subscribe({ start: "beginning", progressIntervalMs: 1_000, reconnect: false })) {
    if (item.kind === "record") entries.push(journalEntry(item));
    else if (item.sequence >= item.headSequence) return entries;
  }
  throw new Error("the subscription ended by itself");
}

/** A subscriber that holds its own position and outlives the gateway. */
export interface Follower {
  /** What it got over all lives, in the order in which it came. */
  readonly seen: readonly { readonly sequence: number; readonly id: string }[];
  /** Connects to this life of the gateway and goes on after the last sequence; ends with `stop` or with the gateway. */
  follow(url: string): { stop(): Promise<void> };
}

export function createFollower(): Follower {
  const seen: { sequence: number; id: string }[] = [];
  return {
    seen,
    follow(url) {
      const stopping = new AbortController();
      const reading = (async () => {
        using client = createTapioNodeClient({ baseUrl: url });
        const start = { afterSequence: seen.at(-1)?.sequence ?? 0 };
        for await (const item of client.subscribe({ start, signal: stopping.signal, reconnect: false })) {
          if (item.kind === "record") seen.push({ sequence: item.sequence, id: item.record.kind.value?.id ?? "" });
        }
      })().catch(() => undefined);
      return {
        async stop() {
          stopping.abort();
          await reading;
        },
      };
    },
  };
}

function journalEntry({ sequence, record }: Extract<SubscriptionItem, { kind: "record" }>): JournalEntry {
  const { case: kind, value } = record.kind;
  if (kind === undefined) throw new Error(`the record at sequence ${sequence} has no kind`);
  const [resource] = value.resources;
  return {
    sequence,
    id: value.id,
    bytesHash: hashOfBytes(toBinary(RecordSchema, record)),
    jsonHash: hashOfJson(toJson(RecordSchema, record)),
    kind,
    type: value.type,
    severity: value.severity,
    message: messageOf(record),
    key: resource === undefined ? "" : [resource.kind, resource.namespace, resource.name, resource.uid].join("/"),
  };
}

function messageOf({ kind }: TapioRecord): string {
  if (kind.case === "event") return kind.value.message;
  if (kind.case === "finding") return kind.value.title;
  return kind.case === "correlation" ? kind.value.summary : "";
}
