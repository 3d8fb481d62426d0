import type { DeliveryRow, DestinationChange } from "@tapio/journal";

export interface OwnedChange {
  readonly change: DestinationChange;
  /** To be transferred with it: none when the change has no bytes. */
  readonly buffers: ArrayBuffer[];
}

/** A copy of the change whose byte arrays all lie in one buffer of its own: to hand over many small ones costs a multiple. */
export function ownedChange(original: DestinationChange): OwnedChange {
  const { cursor, state, control, put, remove, settlements } = original;
  const arena = new Uint8Array(bytesIn(original));
  let used = 0;
  const own = (bytes: Uint8Array) => {
    const start = used;
    used += bytes.length;
    arena.set(bytes, start);
    return arena.subarray(start, used);
  };
  const ownRow = (row: DeliveryRow): DeliveryRow => ({
    ...row,
    ...(row.bytes !== undefined && { bytes: own(row.bytes) }),
    ...(row.history !== undefined && { history: own(row.history) }),
  });
  const change: DestinationChange = {
    ...(cursor !== undefined && { cursor }),
    ...(state !== undefined && { state: own(state) }),
    ...(control !== undefined && { control: own(control) }),
    ...(put !== undefined && { put: put.map(ownRow) }),
    ...(remove !== undefined && { remove: [...remove] }),
    ...(settlements !== undefined && { settlements: settlements.map((one) => ({ ...one, note: own(one.note) })) }),
  };
  return { change, buffers: arena.length > 0 ? [arena.buffer] : [] };
}

function bytesIn({ state, control, put = [], settlements = [] }: DestinationChange): number {
  let bytes = (state?.length ?? 0) + (control?.length ?? 0);
  for (const row of put) bytes += (row.bytes?.length ?? 0) + (row.history?.length ?? 0);
  for (const { note } of settlements) bytes += note.length;
  return bytes;
}
