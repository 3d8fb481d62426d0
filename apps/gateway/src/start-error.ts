/** The gateway cannot start for a reason that its operator can mend; the message says how. */
export class StartError extends Error {
  override readonly name = "StartError";

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** Somebody ended the gateway before it had started. */
export class StartCanceled extends Error {
  override readonly name = "StartCanceled";

  constructor() {
    super("stopped before the start was done");
  }
}
