/** Limits of the services, set by code. */
export interface ApiOptions {
  /** The largest request message in bytes, after decompression; default 16 MiB. */
  readonly maxRequestBytes?: number;
  /** The most records in one message of Publish or PublishStream; default 10,000. */
  readonly maxRecordsPerRequest?: number;
  /** The most Subscribe calls at the same time; default 1,000. Each holds up to 1 MiB of records that its client has not read yet. */
  readonly maxSubscribers?: number;
}

export type ApiLimits = Required<ApiOptions>;

export function withDefaults(options: ApiOptions): ApiLimits {
  return {
    maxRequestBytes: options.maxRequestBytes ?? 16 * 1024 * 1024,
    maxRecordsPerRequest: options.maxRecordsPerRequest ?? 10_000,
    maxSubscribers: options.maxSubscribers ?? 1_000,
  };
}
