import { type JournalCondition, JournalError } from "@tapio/journal";

/** What keeps the journal from taking calls, or appends, and for whom it says so. */
export interface JournalHealth {
  condition(): JournalCondition;
  /** @throws JournalError `closed`, `io` while it recovers, `corrupt` once it failed for good. */
  assertUsable(): void;
  /** @throws JournalError `full` while there is too little room to append. */
  assertRoom(): void;
  /** Records were taken: there is room. A destination's commit says nothing of that, it has room of its own. */
  appended(): void;
  refusedForRoom(message: string): void;
  lowSpace(message: string | undefined): void;
  recovering(cause: JournalError): void;
  recovered(): void;
  failed(error: JournalError): void;
  close(): void;
}

const OK: JournalCondition = { state: "ok", message: "" };

export function createJournalHealth(path: string): JournalHealth {
  let closed = false;
  let failure: JournalError | undefined;
  let recovery: JournalError | undefined;
  let tooLittleRoom: string | undefined;
  let full: string | undefined;
  const unusable = (): JournalError | undefined => {
    if (closed) return new JournalError("closed", `the journal in ${path} is closed`);
    return failure ?? recovery;
  };

  return {
    condition() {
      const reason = unusable();
      if (reason !== undefined) return { state: reason === recovery ? "recovering" : "failed", message: reason.message };
      if (tooLittleRoom !== undefined) return { state: "low_space", message: tooLittleRoom };
      return full === undefined ? OK : { state: "full", message: full };
    },
    assertUsable() {
      const reason = unusable();
      // Made anew, so that its stack is the caller's.
      if (reason !== undefined) throw new JournalError(reason.code, reason.message, reason);
    },
    assertRoom() {
      if (tooLittleRoom !== undefined) throw new JournalError("full", tooLittleRoom);
    },
    appended() {
      full = undefined;
    },
    refusedForRoom(message) {
      full = message;
    },
    lowSpace(message) {
      tooLittleRoom = message;
    },
    recovering(cause) {
      const doing = "everything is refused while it is opened anew and what was acknowledged is verified";
      recovery = new JournalError("io", `the journal in ${path} failed, ${doing}: ${cause.message}`, cause);
    },
    recovered() {
      recovery = undefined;
      full = undefined;
    },
    failed(error) {
      failure ??= error;
    },
    close() {
      closed = true;
    },
  };
}
