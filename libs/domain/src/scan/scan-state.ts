/** What one scan has found so far. Made once per scan, so that the walk itself allocates nothing. */
export interface ScanState {
  readonly bytes: Uint8Array;
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
  namespaces: string[];
  /** False: they are not wanted. */
  withNamespaces: boolean;
  /** After a refusal: why, and the path, innermost part first. */
  reason: string;
  readonly path: string[];
}

export function scanState(bytes: Uint8Array): ScanState {
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
    namespaces: [],
    withNamespaces: true,
    reason: "",
    path: [],
  };
}

/** What the walk returns in place of a position when it refuses. */
export const REFUSED = -1;

/** Notes why, and gives back `REFUSED`. The innermost reason stays. */
export function refuse(state: ScanState, reason: string): number {
  state.reason = reason;
  return REFUSED;
}
