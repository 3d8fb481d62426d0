/** What one scan has found so far. */
export interface ScanState {
  bytes: Uint8Array;
  /** The last varint, as two 32-bit halves. */
  low: number;
  high: number;
  /** The last Timestamp. */
  seconds: number;
  nanos: number;
  /** The header's parts. */
  kind: number;
  timeSeconds: number;
  timeNanos: number;
  idStart: number;
  idEnd: number;
  typeStart: number;
  typeEnd: number;
  severity: number;
  /** Given away with the header, so that it is never the next scan's: `noNamespaces` until there is one. */
  namespaces: readonly string[];
  /** False: they are not wanted. */
  withNamespaces: boolean;
  /** After a refusal: why, and the path, innermost part first. */
  reason: string;
  path: string[];
}

/** Of all records without one. Frozen, since they share it. */
const noNamespaces: readonly string[] = Object.freeze([]);

/** A state of its own, for who looks again while a scan is under way. */
export function newScanState(bytes: Uint8Array): ScanState {
  return {
    bytes,
    low: 0,
    high: 0,
    seconds: 0,
    nanos: 0,
    kind: 0,
    timeSeconds: 0,
    timeNanos: 0,
    idStart: 0,
    idEnd: 0,
    typeStart: 0,
    typeEnd: 0,
    severity: 0,
    namespaces: noNamespaces,
    withNamespaces: true,
    reason: "",
    path: [],
  };
}

/** The one state of all scans: one runs to its end before another begins, and an object of this size for each would be half of all that ingest allocates. */
const shared = newScanState(new Uint8Array(0));

/** The state for a scan of these bytes, good until the next scan begins. */
export function scanState(bytes: Uint8Array): ScanState {
  shared.bytes = bytes;
  shared.kind = shared.timeSeconds = shared.timeNanos = shared.severity = 0;
  shared.idStart = shared.idEnd = shared.typeStart = shared.typeEnd = 0;
  shared.withNamespaces = true;
  shared.reason = "";
  shared.namespaces = noNamespaces;
  if (shared.path.length > 0) shared.path = [];
  return shared;
}

/** Keeps a namespace that is not there yet. */
export function addNamespace(state: ScanState, namespace: string): void {
  if (!state.namespaces.includes(namespace)) state.namespaces = [...state.namespaces, namespace];
}

/** What the walk returns in place of a position when it refuses. */
export const REFUSED = -1;

/** Notes why, and gives back `REFUSED`. The innermost reason stays. */
export function refuse(state: ScanState, reason: string): number {
  state.reason = reason;
  return REFUSED;
}
