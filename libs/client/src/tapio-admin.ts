import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  DeadLetter,
  DeadLetterSelectorSchema,
  Destination,
  DiscardDeadLettersResponse,
  ExplainResponse,
  ListDeadLettersRequestSchema,
  ListDeadLettersResponse,
  ReloadConfigResponse,
  ReplayDeadLettersResponse,
  SkipDestinationResponse,
} from "@tapio/contracts/admin/v1/admin";
import type { CallOptions, SubscribeStart } from "./tapio-client.ts";

/** Watches and steers deliveries. All members fail with `TapioClientError` and nothing else. */
export interface TapioAdmin {
  /** Every destination with its state, in the configuration's order, then those that were removed. */
  listDestinations(options?: CallOptions): Promise<readonly Destination[]>;
  /** Stops a destination's deliveries; its backlog is kept. */
  pauseDestination(name: string, options?: CallOptions): Promise<Destination>;
  /** Goes on after a pause, or after it was disabled. */
  resumeDestination(name: string, options?: CallOptions): Promise<Destination>;
  /** Begins to settle everything up to the head of this moment; then the destination is paused. Look at its state for the end. */
  drainDestination(name: string, options?: CallOptions): Promise<Destination>;
  /** Moves a destination's cursor forward; what is passed over is kept as one dead-letter range. */
  skipDestination(name: string, to: SubscribeStart, options?: ChangeOptions): Promise<SkipDestinationResponse>;
  /** What became of a record at every destination; `not_found` when nothing is known of it. */
  explain(id: string, options?: CallOptions): Promise<ExplainResponse>;
  /** One page of dead letters. */
  listDeadLetters(request?: MessageInitShape<typeof ListDeadLettersRequestSchema>, options?: CallOptions): Promise<ListDeadLettersResponse>;
  /** All dead letters that a selector means, page by page as they are read. `timeoutMs` is for each page. */
  deadLetters(selector?: DeadLetterSelectorInit, options?: PagingOptions): AsyncIterable<DeadLetter>;
  /** Delivers dead letters again, with their ids, in the order of their sequences. `{}` means all of them. */
  replayDeadLetters(selector: DeadLetterSelectorInit, options?: ChangeOptions): Promise<ReplayDeadLettersResponse>;
  /** Gives dead letters up for good. `{}` means all of them. */
  discardDeadLetters(selector: DeadLetterSelectorInit, options?: ChangeOptions): Promise<DiscardDeadLettersResponse>;
  /** Reads the configuration again, checks it, and applies what changed. */
  reloadConfig(options?: ChangeOptions): Promise<ReloadConfigResponse>;
}

export interface PagingOptions extends CallOptions {
  /** How many to fetch at once, 1 to 1,000; default 1,000. */
  readonly pageSize?: number;
}

export interface ChangeOptions extends CallOptions {
  /** Changes nothing, and answers what would be changed. */
  readonly dryRun?: boolean;
}

/** Which dead letters are meant; conditions are joined by AND. */
export type DeadLetterSelectorInit = MessageInitShape<typeof DeadLetterSelectorSchema>;
