import { JournalError } from "@tapio/journal";
import { CommandFailure, type Io } from "./io.ts";

/** Says in words what the journal's own error means; `copy` is a file or folder that may be left half written, `""` where there is none. */
export async function orFailure<T>(io: Io, copy: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (reason) {
    if (io.interrupted.aborted)
      throw new CommandFailure(3, copy === "" ? "interrupted" : `interrupted: ${copy} is not complete; remove it`);
    if (!(reason instanceof JournalError)) throw reason;
    throw new CommandFailure(reason.code === "corrupt" ? 1 : 3, `${reason.message} (${reason.code})`);
  }
}
