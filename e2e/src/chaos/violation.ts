/** Which promise was broken. */
export type Rule =
  /** Acknowledged, and not in the journal; or in it, and neither delivered nor a dead letter. */
  | "lost"
  /** In the journal or at a receiver, and never sent, or not for that receiver. */
  | "invented"
  /** Not what was sent, or not the same at every attempt. */
  | "altered"
  /** Two records for one id, or another sequence for a duplicate. */
  | "doubled"
  /** Records of one key out of order. */
  | "order"
  /** Counters that differ from the records accepted, or ran backwards. */
  | "counters"
  /** What a subscriber got that resumes by sequence. */
  | "subscriber"
  /** Sent again although it was settled before an orderly stop. */
  | "resent"
  /** An attempt of a destination that an operator has paused. */
  | "paused"
  /** Dead letters that should not be, or that are not shown. */
  | "dead"
  /** `explain` says something else than what happened. */
  | "explain"
  /** The process: it did not start, did not stop, or did not settle. */
  | "process"
  /** `tapioctl journal check` finds the data folder damaged. */
  | "damaged"
  /** A valid record was refused, or a signature was wrong. */
  | "refused";

export interface Violation {
  readonly rule: Rule;
  readonly text: string;
}
