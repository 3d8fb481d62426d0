import { durationMs, type Duration } from "@bufbuild/protobuf/wkt";
import { Mount, type GatewayConfig, type ListenerConfig } from "@tapio/contracts/gateway/v1/config";

/** The configuration with every default filled in, in the units of the code. */
export interface GatewaySettings {
  readonly listeners: readonly ListenerSettings[];
  readonly ingest: {
    readonly requestBytesMax: number;
    readonly recordBytesMax: number;
    readonly batchRecordsMax: number;
    readonly pendingBytesMax: number;
    readonly requestTimeoutMs: number;
    readonly dedupeRecords: number;
  };
  readonly shutdownDeadlineMs: number;
}

export interface ListenerSettings {
  readonly host: string;
  readonly port: number;
  readonly mounts: ReadonlySet<Mount>;
  readonly tokens: readonly string[];
  readonly cidrs: readonly string[];
  readonly pathTokens: readonly string[];
  readonly open: boolean;
  readonly tls: { readonly certFile: string; readonly keyFile: string; readonly clientCaFile: string } | undefined;
}

const mebibyte = 1024 * 1024;
const defaultAddress = "127.0.0.1:8080";
const everyMount: ReadonlySet<Mount> = new Set([Mount.API, Mount.SOURCES, Mount.METRICS]);

/** Fills the defaults that proto/tapio/gateway/v1/config.proto documents. */
export function settingsOf(config: GatewayConfig): GatewaySettings {
  const { ingest, server } = config;
  const listeners = server?.listeners ?? [];
  return {
    listeners: listeners.length === 0 ? [listenerAt(defaultAddress)] : listeners.map(listenerOf),
    ingest: {
      requestBytesMax: Number(ingest?.maxRequestBytes ?? 0n) || 16 * mebibyte,
      recordBytesMax: Number(ingest?.maxRecordBytes ?? 0n) || mebibyte,
      batchRecordsMax: ingest?.maxBatchRecords || 10_000,
      pendingBytesMax: Number(ingest?.maxPendingBytes ?? 0n) || 64 * mebibyte,
      requestTimeoutMs: millisecondsOf(ingest?.requestTimeout, 30_000),
      dedupeRecords: ingest?.dedupeRecords || 1_000_000,
    },
    shutdownDeadlineMs: millisecondsOf(config.shutdownDeadline, 20_000),
  };
}

function listenerOf(config: ListenerConfig): ListenerSettings {
  return {
    ...listenerAt(config.address),
    mounts: config.mounts.length === 0 ? everyMount : new Set(config.mounts),
    tokens: config.auth?.tokens ?? [],
    cidrs: config.auth?.cidrs ?? [],
    pathTokens: config.auth?.pathTokens ?? [],
    open: config.dangerouslyAllowUnauthenticated,
    tls: config.tls,
  };
}

function listenerAt(address: string): ListenerSettings {
  const colon = address.lastIndexOf(":");
  return {
    host: address.slice(0, colon).replace(/^\[|\]$/g, ""),
    port: Number(address.slice(colon + 1)),
    mounts: everyMount,
    tokens: [],
    cidrs: [],
    pathTokens: [],
    open: false,
    tls: undefined,
  };
}

function millisecondsOf(duration: Duration | undefined, absentMs: number): number {
  return duration === undefined ? absentMs : durationMs(duration);
}
