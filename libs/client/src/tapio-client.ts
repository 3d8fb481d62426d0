import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CorrelationSchema } from "@tapio/contracts/domain/v1/correlation";
import type { EventSchema } from "@tapio/contracts/domain/v1/event";
import type { FindingSchema } from "@tapio/contracts/domain/v1/finding";
import type { Record, RecordFilterSchema } from "@tapio/contracts/domain/v1/record";
import type { PositionSchema } from "@tapio/contracts/subscribe/v1/subscribe";
import type { TapioAdmin } from "./tapio-admin.ts";
import type { ReconnectEvent, ReconnectOptions } from "./reconnect.ts";

/** Speaks to one Tapio server. All members fail with `TapioClientError` and nothing else. */
export interface TapioClient {
  /**
   * Sends one batch. Resolves when the accepted records are durable, with one result per record, in their order. It is not tried
   * again by itself: a record that is sent again with the same id is a `duplicate`, so that callers may.
   */
  publish(records: readonly RecordInput[], options?: CallOptions): Promise<readonly PublishResult[]>;

  /**
   * Sends batches as they come, and reads the next one when the server has room for it. Needs a transport that can stream requests: the
   * Node client's can, browsers cannot. When it breaks, the error's `summary` says how much the server had taken, where it could.
   */
  publishStream(batches: AsyncIterable<readonly RecordInput[]>, options?: CallOptions): Promise<PublishSummary>;

  /**
   * Records as they come, from a position on, without end. When the connection breaks or falls silent, it connects again and goes on
   * after the last item: nothing is skipped, and nothing comes twice.
   */
  subscribe(options?: SubscribeOptions): AsyncIterable<SubscriptionItem>;

  /** The newest record with this id, as the journal keeps it; `not_found` when it keeps none. */
  getRecord(id: string, options?: CallOptions): Promise<KeptRecord>;

  /**
   * The records that the journal keeps, in order, and then ends: with what is the newest at the first page. Pages are fetched as they are
   * read; `timeoutMs` is for each.
   */
  listRecords(options?: ListOptions): AsyncIterable<KeptRecord>;

  /** The journal's extent. */
  getJournal(options?: CallOptions): Promise<JournalExtent>;

  /** Watches and steers deliveries: for operators. */
  readonly admin: TapioAdmin;

  /** Whether the server, or one service of it, takes calls. */
  health(service?: string, options?: CallOptions): Promise<ServerHealth>;
}

/** A record to send: a whole one, or one of the three kinds. */
export type RecordInput =
  | Record
  | { readonly event: MessageInitShape<typeof EventSchema> }
  | { readonly finding: MessageInitShape<typeof FindingSchema> }
  | { readonly correlation: MessageInitShape<typeof CorrelationSchema> };

/** What became of one record. `rejected`: it can never be accepted as it is; `field` and `reason` say why. */
export type PublishResult =
  | { readonly status: "accepted" | "duplicate"; readonly id: string; readonly sequence: number }
  | { readonly status: "rejected"; readonly id: string; readonly field: string; readonly reason: string };

/** What became of a stream. */
export interface PublishSummary {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  /** The first 1,000 refusals; `index` is the place in the whole stream, from 0. */
  readonly rejections: readonly { readonly index: number; readonly id: string; readonly field: string; readonly reason: string }[];
}

/** A record and its place in the journal. */
export interface KeptRecord {
  readonly sequence: number;
  readonly acceptedAtMs: number;
  readonly record: Record;
}

/** What the journal keeps; sequences are 0 where there is nothing. */
export interface JournalExtent {
  /** The oldest sequence that is kept. */
  readonly firstSequence: number;
  /** The newest sequence that was ever given. */
  readonly headSequence: number;
  /** What an acknowledgement means. */
  readonly durability: "memory" | "fsync" | "replicated" | "unknown";
}

export interface ListOptions extends CallOptions {
  /** Which records; absent: all. */
  readonly filter?: MessageInitShape<typeof RecordFilterSchema>;
  /** Where to start; absent: at the beginning. */
  readonly start?: SubscribeStart;
  /** The last sequence to look at; absent: the newest. */
  readonly untilSequence?: number;
  /** How many records to fetch at once, 1 to 1,000; default 100. */
  readonly pageSize?: number;
  /** Told of records that cannot be read any more, because the journal is damaged there; the listing goes on after them. */
  readonly onLost?: (range: LostRange) => void;
}

/** Sequences, both included. */
export interface LostRange {
  readonly fromSequence: number;
  readonly toSequence: number;
}

export type SubscriptionItem =
  | ({ readonly kind: "record" } & KeptRecord)
  /** Everything up to `sequence` was given or did not pass the filter. `lost`: retention removed these before they could be sent, or they cannot be read any more. */
  | {
      readonly kind: "progress";
      readonly sequence: number;
      readonly headSequence: number;
      readonly lost?: LostRange;
    };

export interface SubscribeOptions {
  /** Which records; absent: all. */
  readonly filter?: MessageInitShape<typeof RecordFilterSchema>;
  /** Where to start; absent: with what comes from now on. */
  readonly start?: SubscribeStart;
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal;
  /** How often the server tells that it is still there, 1 s to 10 min; default 15 s. Three times that without a word counts as a broken connection. */
  readonly progressIntervalMs?: number;
  /** How to connect again; `false`: not at all, the iteration ends with the error. */
  readonly reconnect?: ReconnectOptions | false;
  /** Told of each broken connection before the next try. */
  readonly onReconnect?: (event: ReconnectEvent) => void;
}

/** A place in the journal: the newest record, the oldest, after a sequence, or the first record that was accepted at a time or later. */
export type SubscribeStart = "head" | "beginning" | { readonly afterSequence: number } | { readonly timeMs: number };

/** A position as the API says it. */
export type PositionInit = MessageInitShape<typeof PositionSchema>;

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** How long the call may take, in milliseconds; 0: without limit. */
  readonly timeoutMs?: number;
}

export interface ServerHealth {
  readonly serving: boolean;
  /** `serving`, `not_serving`, `unknown` or `service_unknown`. */
  readonly status: "serving" | "not_serving" | "unknown" | "service_unknown";
}
