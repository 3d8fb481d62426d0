import { checkChange, checkRowQuery, checkSequence, cursorMovedBack, type DestinationLog, JournalError } from "@tapio/journal";
import type { GroupCommit } from "./group-commit.ts";
import type { OpenedDestination } from "./messages.ts";
import { ownedChange } from "./owned-change.ts";
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
  let { cursor, state, control } = opened;
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
    get control() {
      return control;
    },
    async commit(change) {
      assertUsable();
      checkChange(destination, change);
      const owned = ownedChange(change);
      // The getters give out their own copies: the others go to the writer's thread.
      const newState = change.state && new Uint8Array(change.state);
      const newControl = change.control && new Uint8Array(change.control);
      const result = await ports.commits.act({ kind: "commit", destination, generation, change: owned.change }, owned.buffers);
      if (result.kind === "moved_back") throw cursorMovedBack(destination, result.from, change.cursor ?? 0);
      if (result.kind !== "committed") {
        throw new JournalError("fenced", `destination ${destination}: a later holder opened its log; this handle commits no more`);
      }
      cursor = change.cursor ?? cursor;
      state = newState ?? state;
      control = newControl ?? control;
    },
    ...createQueries(id, ports, assertUsable),
    async close() {
      closed = true;
    },
  };
}

type Queries = Pick<DestinationLog, "due" | "nextDueAtMs" | "rows" | "settlements" | "counts">;

function createQueries(id: number, { reader }: DestinationPorts, assertUsable: () => void): Queries {
  return {
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
    async settlements(sequence) {
      assertUsable();
      checkSequence("settlements: sequence", sequence);
      return reader.call("settlements", [id, sequence]);
    },
    async counts() {
      assertUsable();
      return reader.call("counts", [id]);
    },
  };
}
