import type { ReceiverName } from "./chaos-plan.ts";
import type { DeliveryNotes } from "./delivery-log.ts";
import { destinationViolations } from "./destination-rules.ts";
import type { ExpectedDestination } from "./destinations.ts";
import type { JournalEntry } from "./journal-reader.ts";
import type { OperatorView } from "./operator-view.ts";
import type { SentRecord } from "./sent-ledger.ts";
import type { Rule, Violation } from "./violation.ts";

/** All that is known when everything has settled. */
export interface RoundFacts {
  readonly sent: ReadonlyMap<string, SentRecord>;
  readonly journal: readonly JournalEntry[];
  /** What the subscriber got that resumes by sequence. */
  readonly followed: readonly { readonly sequence: number; readonly id: string }[];
  readonly destinations: readonly ExpectedDestination[];
  readonly delivered: Readonly<Record<ReceiverName, ReadonlyMap<string, DeliveryNotes>>>;
  /** Hash of `data` in each webhook body, by the body's fingerprint. */
  readonly dataByFingerprint: ReadonlyMap<string, string>;
  /** How many dead letters /metrics shows for each destination. */
  readonly dead: Readonly<Record<ReceiverName, number>>;
  readonly operator: OperatorView;
  /** What the prometheus destination counted, by `kind/type`. */
  readonly counted: ReadonlyMap<string, number>;
}

/** Compares what the gateway did with what it promises. Nothing found: it kept every promise that can be seen from outside. */
export function judge(facts: RoundFacts): readonly Violation[] {
  return [
    ...journalViolations(facts),
    ...followerViolations(facts),
    ...counterViolations(facts),
    ...explainViolations(facts),
    ...facts.destinations.flatMap((destination) => destinationViolations(facts, destination)),
  ];
}

function journalViolations({ sent, journal }: RoundFacts): readonly Violation[] {
  const violations: Violation[] = [];
  const violate = (rule: Rule, text: string): void => void violations.push({ rule, text });
  const sequences = new Map<string, number>();
  for (const entry of journal) {
    const { id, sequence } = entry;
    const known = sent.get(id);
    const other = sequences.get(id);
    sequences.set(id, sequence);
    if (other !== undefined) violate("doubled", `${id} is in the journal at ${other} and at ${sequence}`);
    if (known === undefined) violate("invented", `${id} is in the journal at ${sequence} and was never sent`);
    else if (!isWhatWasSent(known, entry)) violate("altered", `${id} is in the journal at ${sequence}, but not as it was sent`);
  }
  for (const [id, { acknowledged, sequence }] of sent) {
    const found = sequences.get(id);
    if (acknowledged && found === undefined) violate("lost", `${id} was acknowledged and is not in the journal`);
    if (sequence !== undefined && found !== undefined && sequence !== found) {
      violate("doubled", `${id} was acknowledged at ${sequence} and is in the journal at ${found}`);
    }
  }
  return violations;
}

function isWhatWasSent({ record, bytesHash }: SentRecord, entry: JournalEntry): boolean {
  if (bytesHash !== undefined) return bytesHash === entry.bytesHash;
  const { kind, type, severity, message } = record;
  return kind === entry.kind && type === entry.type && severity === entry.severity && message === entry.message;
}

function followerViolations({ followed, journal }: RoundFacts): readonly Violation[] {
  const expected = journal.map(({ sequence, id }) => `${sequence} ${id}`);
  const found = followed.map(({ sequence, id }) => `${sequence} ${id}`);
  const at = Array.from({ length: Math.max(expected.length, found.length) }, (_, n) => n).find((n) => expected[n] !== found[n]);
  if (at === undefined) return [];
  return [{ rule: "subscriber", text: `its item ${at + 1} is ${found[at] ?? "missing"} instead of ${expected[at] ?? "nothing"}` }];
}

function counterViolations({ counted, journal }: RoundFacts): readonly Violation[] {
  const expected = new Map<string, number>();
  for (const { kind, type } of journal) expected.set(`${kind}/${type}`, (expected.get(`${kind}/${type}`) ?? 0) + 1);
  return [...new Set([...expected.keys(), ...counted.keys()])]
    .filter((series) => (expected.get(series) ?? 0) !== (counted.get(series) ?? 0))
    .map((series) => ({ rule: "counters", text: `${series}: ${counted.get(series) ?? 0} instead of ${expected.get(series) ?? 0}` }));
}

/** Every record's explain has to agree with what happened to it at each destination. */
function explainViolations({ destinations, journal, operator }: RoundFacts): readonly Violation[] {
  const violations: Violation[] = [];
  for (const entry of journal) {
    const expect = (destination: string, state: string): void => {
      const found = operator.explained.get(entry.id)?.get(destination) ?? "nothing";
      if (found !== state) violations.push({ rule: "explain", text: `${destination}: ${entry.id} is ${state}, and explain says ${found}` });
    };
    for (const destination of destinations) {
      const isDead = operator.deadLetters.get(destination.name)?.has(entry.id) === true;
      if (!destination.takes(entry)) expect(destination.name, "SKIPPED");
      else expect(destination.name, isDead ? "DEAD" : "DELIVERED");
    }
    expect("metrics", "DELIVERED");
  }
  return violations;
}
