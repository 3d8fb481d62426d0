import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AttemptHistorySchema, AttemptNoteSchema, type AttemptNote } from "@tapio/contracts/delivery/v1/settlement";

/** The oldest go first. */
const attemptsMax = 16;
const messageCharactersMax = 500;
const durationMsMax = 2 ** 32 - 1;

export interface FailedAttempt {
  readonly number: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly code: string;
  /** With the beginning of the receiver's answer. */
  readonly message: string;
}

/** A row's history with one more attempt. */
export function withAttempt(history: Uint8Array | undefined, attempt: FailedAttempt): Uint8Array {
  const note = create(AttemptNoteSchema, {
    number: attempt.number,
    startedAtMs: BigInt(Math.round(attempt.startedAtMs)),
    // A clock that is set meanwhile makes any length.
    durationMs: Math.min(durationMsMax, Math.max(0, Math.round(attempt.durationMs))),
    code: attempt.code,
    message: attempt.message.slice(0, messageCharactersMax),
  });
  const attempts = [...attemptsOf(history), note].slice(-attemptsMax);
  return toBinary(AttemptHistorySchema, create(AttemptHistorySchema, { attempts }));
}

/** The attempts of a row, the newest last; none when the history cannot be read, which is shown only. */
export function attemptsOf(history: Uint8Array | undefined): readonly AttemptNote[] {
  if (history === undefined) return [];
  try {
    return fromBinary(AttemptHistorySchema, history).attempts;
  } catch {
    return [];
  }
}
