import { JournalError } from "@tapio/journal";
import type { ActionResult, PackedGroup, WriteReply, WriteRequest } from "./messages.ts";

export interface SeparateWritesOptions {
  /** One transaction. @throws JournalError */
  writeAll(request: WriteRequest): WriteReply;
  /** Why the group may not be appended; `undefined`: it may. */
  roomFor(group: PackedGroup): JournalError | undefined;
}

/** What a trim that was refused leaves as it was. */
const stays = new Set<JournalError["code"]>(["full", "locked", "corrupt"]);

/**
 * Writes what came together as one transaction, but for what must not fail for another's sake: producers that find no room, and try again and again, must not
 * keep destinations from what makes room; and a damaged page that cannot be trimmed nobody from anything.
 */
export function createSeparateWrites({ writeAll, roomFor }: SeparateWritesOptions): (request: WriteRequest) => WriteReply {
  const writeWithoutTrims = (request: WriteRequest): WriteReply => {
    const { group, actions } = request;
    try {
      const noRoom = group && roomFor(group);
      if (noRoom) throw noRoom;
      return writeAll(request);
    } catch (error) {
      if (!(error instanceof JournalError) || error.code !== "full" || group === undefined || actions.length === 0) throw error;
      return { ...writeAll({ actions }), refused: error.message, table: group.table, bodies: group.bodies };
    }
  };
  const trim = (action: WriteRequest["actions"][number]): ActionResult => {
    try {
      return writeAll({ actions: [action] }).actions[0] ?? { kind: "trimmed", done: true };
    } catch (error) {
      if (!(error instanceof JournalError) || !stays.has(error.code)) throw error;
      return { kind: "not_trimmed", code: error.code, message: error.message };
    }
  };

  return (request) => {
    const { group, actions } = request;
    if (!actions.some(({ kind }) => kind === "trim")) return writeWithoutTrims(request);
    const others = writeWithoutTrims({ group, actions: actions.filter(({ kind }) => kind !== "trim") });
    const results = [...others.actions];
    const all = actions.map((action) => (action.kind === "trim" ? trim(action) : results.shift()));
    const { head, trimmedTo } = writeAll({ actions: [] });
    return { ...others, head, trimmedTo, actions: all.filter((result) => result !== undefined) };
  };
}
