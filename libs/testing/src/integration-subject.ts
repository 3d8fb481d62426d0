import type { Integration } from "@tapio/integration-core";

/** How a peer of an integration behaves. */
export type PeerMode =
  | "accept"
  /** 400-like: refuses what it is sent, for good. */
  | "refuse_record"
  /** 503-like. */
  | "unavailable"
  /** 429-like, with a hint to come again after two seconds. */
  | "throttle"
  /** 401/403-like. */
  | "deny"
  /** 410-like. */
  | "gone"
  /** Takes the request and never answers. */
  | "hang"
  /** Closes the connection in the middle. */
  | "reset";

/** What an integration gives to be put through the shared suite. */
export interface IntegrationSubject<Config> {
  /** A new, uninitialized integration. */
  create(): Integration<Config>;
  /** Starts a local peer; each check has its own, and starts it before it calls `create`. */
  startPeer(): Promise<IntegrationPeer<Config>>;
  /** The modes that this kind of peer has, beside `accept`; empty for integrations without an external peer. */
  readonly modes: readonly PeerMode[];
  /** Kinds that this integration skips by design; absent: none. They must be skipped with a reason, and reach no peer. */
  readonly skips?: readonly SubjectKind[];
}

/** The kinds of record, as `oneof kind` of `tapio.domain.v1.Record` names them. */
export type SubjectKind = "event" | "finding" | "correlation";

/** The external system, local and under the test's control. */
export interface IntegrationPeer<Config> {
  /** A valid config that points at this peer. */
  readonly config: Config;
  /** The secrets in `config`, as they would show in a leak; the suite looks for them in errors, health and logs. */
  readonly secrets?: readonly string[];
  behave(mode: PeerMode): void;
  /**
   * How many records have arrived and were taken, repetitions included. For an integration with `snapshot`, the suite takes one and
   * calls `committed` before it asks.
   */
  receivedCount(): Promise<number>;
  close(): Promise<void>;
}
