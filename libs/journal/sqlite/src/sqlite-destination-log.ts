import { checkChange, checkRowQuery, cursorMovedBack, type DestinationChange, type DestinationLog, JournalError } from "@tapio/journal";
import type { GroupCommit } from "./group-commit.ts";
import type { OpenedDestination } from "./messages.ts";
import type { ReadStore } from "./read-store.ts";
import type { WorkerClient } from "./worker-client.ts";

export interface DestinationPorts {
  readonly commits: GroupCommit;
  readonly reader: Pick<WorkerClient<ReadStore>, "call">;
  /** Throws `closed` once the journal is. */
  readonly assertOpen: () => void;
}

/** A handle on one destination's log. */
export function createSqliteDestinationLog(destination: string, opened: OpenedDestination, ports: DestinationPorts): DestinationLog {
  const { id, kind, generation } = opened;
  const { commits, reader } = ports;
  let { cursor, state } = opened;
  let closed = false;
  const assertUsable = () => {
    ports.assertOpen();
    if (closed) throw new JournalError("closed", `destination ${destination}: its handle is closed`);
  };

  return {
    destination,
    kind,
    get cursor() {
      return cursor;
    },
    get state() {
      return state;
    },
    async commit(change) {
      assertUsable();
      checkChange(destination, change);
      const owned = ownedChange(change);
      // The getters give out their own copy: the other goes to the writer's thread.
      const newState = change.state && new Uint8Array(change.state);
      const result = await commits.act({ kind: "commit", destination, generation, change: owned.change }, owned.buffers);
      if (result.kind === "moved_back") throw cursorMovedBack(destination, result.from, change.cursor ?? 0);
      if (result.kind !== "committed") {
        throw new JournalError("fenced", `destination ${destination}: a later holder opened its log; this handle commits no more`);
      }
      cursor = change.cursor ?? cursor;
      state = newState ?? state;
    },
    async due(nowMs, limit) {
      assertUsable();
      return reader.call("due", [id, nowMs, limit]);
    },
    async nextDueAtMs() {
      assertUsable();
      return reader.call("nextDueAtMs", [id]);
    },
    async rows(query) {
      assertUsable();
      checkRowQuery(query);
      return reader.call("rows", [id, { ...query }]);
    },
    async counts() {
      assertUsable();
      return reader.call("counts", [id]);
    },
    async close() {
      closed = true;
    },
  };
}

/** A copy whose every byte array has a buffer of its own: a transfer takes whole buffers, and callers' slices often share one. */
function ownedChange({ cursor, state, put, remove }: DestinationChange): { change: DestinationChange; buffers: ArrayBuffer[] } {
  const buffers: ArrayBuffer[] = [];
  const own = (bytes: Uint8Array) => {
    const copy = new Uint8Array(bytes);
    buffers.push(copy.buffer);
    return copy;
  };
  const change: DestinationChange = {
    ...(cursor !== undefined && { cursor }),
    ...(state !== undefined && { state: own(state) }),
    ...(put !== undefined && { put: put.map((row) => (row.bytes === undefined ? { ...row } : { ...row, bytes: own(row.bytes) })) }),
    ...(remove !== undefined && { remove: [...remove] }),
  };
  return { change, buffers };
}
