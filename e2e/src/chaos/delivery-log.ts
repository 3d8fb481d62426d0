import type { Violation } from "./violation.ts";

/** One record of a request, as it arrived. */
export interface ArrivedDelivery {
  readonly id: string;
  /** What must be the same at every attempt: the body's hash, the span. */
  readonly fingerprint: string;
}

/** What a receiver knows of one record. Places count everything that happened at this receiver, from 1. */
export interface DeliveryNotes {
  readonly id: string;
  readonly fingerprint: string;
  readonly firstAttemptAt: number;
  attempts: number;
  accepted: number;
  firstAcceptedAt: number | undefined;
  /** When it was refused for good: from then on it may be a dead letter. After a crash it may come and be refused once more. */
  firstRejectedAt: number | undefined;
  /** An answer with success has been written whole. */
  answered: boolean;
}

/** Everything that arrived at one receiver. */
export interface DeliveryLog {
  readonly violations: readonly Violation[];
  notes(): ReadonlyMap<string, DeliveryNotes>;
  /** An attempt came. Gives the number of the attempt for each of its records. */
  arrived(deliveries: readonly ArrivedDelivery[], life: number): readonly number[];
  accepted(deliveries: readonly ArrivedDelivery[]): void;
  /** Refused for good. */
  rejected(deliveries: readonly ArrivedDelivery[]): void;
  /** The answer with success has been written whole. */
  answered(deliveries: readonly ArrivedDelivery[]): void;
  /** Nothing may come: the destination is paused. */
  silence(isSilent: boolean): void;
  violate(violation: Violation): void;
}

/** @param exactlyOnce Nobody is killed, and receivers leave nobody in doubt: what was answered may never come again. */
export function createDeliveryLog(receiver: string, exactlyOnce = false): DeliveryLog {
  const byId = new Map<string, DeliveryNotes>();
  const violations: Violation[] = [];
  let place = 0;
  let isSilent = false;
  const violate = (rule: Violation["rule"], text: string): void => void violations.push({ rule, text: `${receiver}: ${text}` });

  const arrive = ({ id, fingerprint }: ArrivedDelivery, life: number): number => {
    place += 1;
    if (isSilent) violate("paused", `${id} came in life ${life}, though it was paused in a life before`);
    const known = byId.get(id);
    if (known === undefined) {
      const none = { firstAcceptedAt: undefined, firstRejectedAt: undefined, answered: false };
      byId.set(id, { id, fingerprint, firstAttemptAt: place, attempts: 1, accepted: 0, ...none });
      return 1;
    }
    known.attempts += 1;
    if (known.fingerprint !== fingerprint) violate("altered", `attempt ${known.attempts} of ${id} is not what the first one was`);
    if (exactlyOnce && known.answered) violate("resent", `${id} came again in life ${life}, although it had been answered`);
    return known.attempts;
  };
  const each = (deliveries: readonly ArrivedDelivery[], note: (notes: DeliveryNotes) => void): void => {
    for (const { id } of deliveries) {
      const notes = byId.get(id);
      if (notes !== undefined) note(notes);
    }
  };
  return {
    violations,
    notes: () => byId,
    arrived: (deliveries, life) => deliveries.map((delivery) => arrive(delivery, life)),
    accepted: (deliveries) =>
      each(deliveries, (notes) => {
        place += 1;
        notes.accepted += 1;
        notes.firstAcceptedAt ??= place;
      }),
    rejected: (deliveries) =>
      each(deliveries, (notes) => {
        place += 1;
        notes.firstRejectedAt ??= place;
      }),
    answered: (deliveries) => each(deliveries, (notes) => (notes.answered = true)),
    silence: (silent) => void (isSilent = silent),
    violate: ({ rule, text }) => violate(rule, text),
  };
}
