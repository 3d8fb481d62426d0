import { checkChange, checkRowQuery, checkSequence, cursorMovedBack, type DestinationLog, JournalError } from "@tapio/journal";
import type { LiveJournal, RefreshedHandle } from "./live-journal.ts";
import type { OpenedDestination } from "./messages.ts";
import { ownedChange } from "./owned-change.ts";

/** A handle on one destination's log. */
export function createSqliteDestinationLog(destination: string, opened: OpenedDestination, live: LiveJournal): DestinationLog {
  const { id, kind, generation } = opened;
  let { cursor, state, control } = opened;
  let closed = false;
  const assertUsable = () => {
    live.health.assertUsable();
    if (closed) throw new JournalError("closed", `destination ${destination}: its handle is closed`);
  };
  const handle: RefreshedHandle = {
    refresh(logs) {
      const stored = logs.find((log) => log.id === id && log.generation === generation);
      if (stored !== undefined) ({ cursor, state, control } = stored);
    },
  };
  live.handles.add(handle);

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
      const result = await live.commits().act({ kind: "commit", destination, generation, change: owned.change }, owned.buffers);
      if (result.kind === "moved_back") throw cursorMovedBack(destination, result.from, change.cursor ?? 0);
      if (result.kind !== "committed") {
        throw new JournalError("fenced", `destination ${destination}: a later holder opened its log; this handle commits no more`);
      }
      cursor = change.cursor ?? cursor;
      state = newState ?? state;
      control = newControl ?? control;
    },
    ...createQueries(id, live, assertUsable),
    async close() {
      live.handles.delete(handle);
      closed = true;
    },
  };
}

type Queries = Pick<DestinationLog, "due" | "nextDueAtMs" | "rows" | "settlements" | "counts">;

function createQueries(id: number, live: LiveJournal, assertUsable: () => void): Queries {
  return {
    async due(nowMs, limit) {
      assertUsable();
      return live.reader().call("due", [id, nowMs, limit]);
    },
    async nextDueAtMs() {
      assertUsable();
      return live.reader().call("nextDueAtMs", [id]);
    },
    async rows(query) {
      assertUsable();
      checkRowQuery(query);
      return live.reader().call("rows", [id, { ...query }]);
    },
    async settlements(sequence) {
      assertUsable();
      checkSequence("settlements: sequence", sequence);
      return live.reader().call("settlements", [id, sequence]);
    },
    async counts() {
      assertUsable();
      return live.reader().call("counts", [id]);
    },
  };
}
