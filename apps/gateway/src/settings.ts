import { durationMs, type Duration } from "@bufbuild/protobuf/wkt";
import { Mount, type GatewayConfig, type JournalConfig, type ListenerConfig } from "@tapio/contracts/gateway/v1/config";
import type { RetentionPolicy } from "@tapio/runtime";

/** The configuration with every default filled in, in the units of the code. */
export interface GatewaySettings {
  readonly listeners: readonly ListenerSettings[];
  readonly ingest: {
    readonly requestBytesMax: number;
    readonly recordBytesMax: number;
    readonly batchRecordsMax: number;
    readonly pendingBytesMax: number;
    readonly requestTimeoutMs: number;
  };
  readonly journal: JournalSettings;
  readonly retention: RetentionPolicy;
  readonly shutdownDeadlineMs: number;
}

export type JournalSettings = {
  readonly dedupeRecords: number;
  /** `undefined`: for as long as they are among the `dedupeRecords`. */
  readonly dedupeAgeMs: number | undefined;
} & (
  | { readonly driver: "memory"; readonly recordsMax: number }
  | {
      readonly driver: "sqlite";
      readonly path: string;
      readonly minFreeBytes: number;
      /** 0: as the disk allows. */ readonly maxFileBytes: number;
    }
);

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
    },
    journal: journalSettingsOf(config),
    retention: retentionOf(config.journal),
    shutdownDeadlineMs: shutdownDeadlineOf(config),
  };
}

function journalSettingsOf({ journal, ingest }: GatewayConfig): JournalSettings {
  const dedupe = {
    dedupeRecords: ingest?.dedupeRecords || 1_000_000,
    dedupeAgeMs: ingest?.dedupeAge === undefined ? undefined : Math.ceil(durationMs(ingest.dedupeAge)),
  };
  if (journal?.driver.case === "memory")
    return { ...dedupe, driver: "memory", recordsMax: Number(journal.driver.value.maxRecords) || 100_000 };
  const sqlite = journal?.driver.value;
  return {
    ...dedupe,
    driver: "sqlite",
    path: sqlite?.path ?? "./tapio-data",
    minFreeBytes: safe(sqlite?.minFreeBytes ?? 0n) || 256 * mebibyte,
    maxFileBytes: safe(sqlite?.maxFileBytes ?? 0n),
  };
}

/** What is kept, by the configuration; a reload may change it. */
export function retentionOf(journal: JournalConfig | undefined): RetentionPolicy {
  const { maxBytes = 0n, maxAge } = journal?.retention ?? {};
  return {
    maxBytes: maxBytes === 0n ? undefined : Number(maxBytes),
    maxAgeMs: maxAge === undefined ? undefined : durationMs(maxAge),
  };
}

/** How long a stop may take, by the configuration; a reload may change it. */
export function shutdownDeadlineOf(config: GatewayConfig): number {
  return millisecondsOf(config.shutdownDeadline, 20_000);
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

/** A bound beyond what a number holds exactly is none. */
function safe(bytes: bigint): number {
  return Math.min(Number(bytes), Number.MAX_SAFE_INTEGER);
}

function millisecondsOf(duration: Duration | undefined, absentMs: number): number {
  return duration === undefined ? absentMs : durationMs(duration);
}
