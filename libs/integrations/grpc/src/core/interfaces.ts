import type {
  Destination,
  DiscardDeadLettersRequest,
  DiscardDeadLettersResponse,
  ExplainResponse,
  ListDeadLettersRequest,
  ListDeadLettersResponse,
  ReloadConfigRequest,
  ReloadConfigResponse,
  ReplayDeadLettersRequest,
  ReplayDeadLettersResponse,
  SkipDestinationRequest,
  SkipDestinationResponse,
} from "@tapio/contracts/admin/v1/admin";
import type { Clock, Logger, RecordSink } from "@tapio/integration-core";

/** What the services need of the world; the gateway wires it. */
export interface ApiPorts {
  /** Where published records go. */
  readonly sink: RecordSink;
  /** Where subscriptions and queries read. */
  readonly log: RecordLog;
  /** What operators act on. */
  readonly control: DeliveryControl;
  readonly clock: Clock;
  readonly logger: Logger;
  /** False: the health service says NOT_SERVING. The other services answer all the same. */
  isReady(): boolean;
  /** Aborts when the server begins to stop: open streams end with UNAVAILABLE, so that clients connect again elsewhere. */
  readonly shutdown: AbortSignal;
}

/** The durable, ordered log of records, as far as the services read it. Sequences rise from 1, with gaps, below 2^53. */
export interface RecordLog {
  /** What an acknowledgement means. */
  readonly durability: "memory" | "fsync" | "replicated";

  /**
   * Records with a sequence above `after`, in order: as many as there are, up to `limit`, at least one where there is any. Rejects with a
   * `JournalError` whose `damaged` names sequences where those come first and cannot be read: reading after them goes on.
   */
  read(after: number, limit: LogReadLimit): Promise<readonly LogRecord[]>;

  /** The record with this sequence, or `undefined` when it was trimmed or never was. */
  get(sequence: number): Promise<LogRecord | undefined>;

  /** The newest kept sequence whose record has this id, as far as a hash tells: compare the id in the record. */
  find(id: string): Promise<number | undefined>;

  /** The last sequence that was appended before `atMs`, in milliseconds since 1970. */
  sequenceBefore(atMs: number): Promise<number>;

  /** Resolves when there is a record above `sequence`; rejects with the signal's reason when it aborts first. */
  waitPast(sequence: number, signal: AbortSignal): Promise<void>;

  /** `first` is the oldest kept sequence, or `head + 1` when nothing is kept; `head` is 0 when nothing ever was. */
  bounds(): LogBounds;
}

export interface LogReadLimit {
  readonly records: number;
  readonly bytes: number;
}

export interface LogRecord {
  readonly sequence: number;
  /** When it was appended, in milliseconds since 1970. */
  readonly appendedAtMs: number;
  /** The encoded `tapio.domain.v1.Record`. */
  readonly bytes: Uint8Array;
}

export interface LogBounds {
  readonly first: number;
  readonly head: number;
}

/** What an operator may see and do. Requests were validated, their filters compile; every member rejects with a ControlError when it cannot be done. */
export interface DeliveryControl {
  /** In the configuration's order, then those that were removed and still have a log. */
  listDestinations(): Promise<readonly Destination[]>;
  pauseDestination(name: string): Promise<Destination>;
  resumeDestination(name: string): Promise<Destination>;
  drainDestination(name: string): Promise<Destination>;
  skipDestination(request: SkipDestinationRequest): Promise<SkipDestinationResponse>;
  explain(id: string): Promise<ExplainResponse>;
  /** Answers are small enough for gRPC clients, which take 4 MiB by default: a page ends before its records are 3 MiB, but has room for one. */
  listDeadLetters(request: ListDeadLettersRequest): Promise<ListDeadLettersResponse>;
  replayDeadLetters(request: ReplayDeadLettersRequest): Promise<ReplayDeadLettersResponse>;
  discardDeadLetters(request: DiscardDeadLettersRequest): Promise<DiscardDeadLettersResponse>;
  reloadConfig(request: ReloadConfigRequest): Promise<ReloadConfigResponse>;
}
