import type { Clock, Logger } from "@tapio/integration-core";
import type { DestinationError, DestinationState } from "./destination-status.ts";

/** What state a destination is in, and why; logs each change once. */
export interface Condition {
  readonly state: DestinationState;
  readonly reason: string;
  readonly lastError: DestinationError | undefined;
  /** What its work is at now; hidden by troubles with the journal and by ends. */
  work(state: "starting" | "running" | "backing_off" | "draining", reason?: string): void;
  /** The journal's trouble at one place; `undefined`: it works again there. */
  journal(place: "read" | "commit" | "rows", trouble: string | undefined): void;
  /** Until `restart`; the first one stands, but for `stopped`, which comes after all but `disabled`. */
  end(state: "disabled" | "fenced" | "paused" | "stopped", reason: string): void;
  /** It begins anew. */
  restart(): void;
  noteError(code: string, message: string): void;
}

export function createCondition(destination: string, clock: Clock, logger: Logger): Condition {
  const troubles = new Map<string, string>();
  let work: { state: DestinationState; reason: string } = { state: "starting", reason: "" };
  let end: { state: DestinationState; reason: string } | undefined;
  let lastError: DestinationError | undefined;
  let logged: DestinationState = "starting";

  function now(): { state: DestinationState; reason: string } {
    if (end !== undefined) return end;
    const [trouble] = troubles.values();
    return trouble === undefined ? work : { state: "journal_failing", reason: trouble };
  }

  function changed(): void {
    const { state, reason } = now();
    if (state === logged) return;
    logChange(logger, { destination, from: logged, to: state, reason });
    logged = state;
  }

  return {
    get state() {
      return now().state;
    },
    get reason() {
      return now().reason;
    },
    get lastError() {
      return lastError;
    },
    work(state, reason = "") {
      work = { state, reason };
      changed();
    },
    journal(place, trouble) {
      if (trouble === undefined) troubles.delete(place);
      else troubles.set(place, trouble);
      changed();
    },
    end(state, reason) {
      if (end !== undefined && state !== "stopped") return;
      if (end?.state === "disabled") return;
      end = { state, reason };
      changed();
    },
    restart() {
      end = undefined;
      work = { state: "starting", reason: "" };
      troubles.clear();
      changed();
    },
    noteError(code, message) {
      if (code === "access_denied" && lastError?.code !== code)
        logger.error({ destination, code, reason: message }, "destination needs a person");
      lastError = { code, message, atMs: clock.now() };
    },
  };
}

function logChange(logger: Logger, fields: { destination: string; from: DestinationState; to: DestinationState; reason: string }): void {
  const { to } = fields;
  if (to === "disabled" || to === "fenced") logger.error(fields, "destination needs a person");
  else if (to === "journal_failing" || to === "backing_off") logger.warn(fields, "destination is held up");
  else logger.info(fields, "destination changed its state");
}
