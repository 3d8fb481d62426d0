export { createTapioClient } from "./create-tapio-client.ts";
export type { ClientOptions } from "./calls.ts";
export type { TapioClientOptions } from "./create-tapio-client.ts";
export type { ReconnectEvent, ReconnectOptions } from "./reconnect.ts";
export type { ChangeOptions, DeadLetterSelectorInit, PagingOptions, TapioAdmin } from "./tapio-admin.ts";
export type {
  CallOptions,
  JournalExtent,
  KeptRecord,
  ListOptions,
  LostRange,
  PublishResult,
  PublishSummary,
  RecordInput,
  ServerHealth,
  SubscribeOptions,
  SubscribeStart,
  SubscriptionItem,
  TapioClient,
} from "./tapio-client.ts";
export { TapioClientError } from "./tapio-client-error.ts";
export type { TapioErrorCode } from "./tapio-client-error.ts";
