import type { ExpectedDestination } from "./destinations.ts";
import type { JournalEntry } from "./journal-reader.ts";
import { orderViolations } from "./key-order.ts";
import type { RoundFacts } from "./oracle.ts";
import type { Rule, Violation } from "./violation.ts";

type Violate = (rule: Rule, text: string) => void;

/** What one destination owes: each record that its filter takes is delivered or a dead letter, as it is, and nothing else. */
export function destinationViolations(facts: RoundFacts, destination: ExpectedDestination): readonly Violation[] {
  const { name } = destination;
  const violations: Violation[] = [];
  const violate: Violate = (rule, text) => void violations.push({ rule, text: `${name}: ${text}` });
  const taken = facts.journal.filter((entry) => destination.takes(entry));
  checkDeliveries(facts, destination, taken, violate);
  checkDeadLetters(facts, destination, taken, violate);
  if (destination.isOrdered) violations.push(...orderViolations(name, taken, facts.delivered[name]));
  return violations;
}

function checkDeliveries(facts: RoundFacts, { name }: ExpectedDestination, taken: readonly JournalEntry[], violate: Violate): void {
  const notes = facts.delivered[name];
  const takenIds = new Set(taken.map(({ id }) => id));
  for (const id of notes.keys()) if (!takenIds.has(id)) violate("invented", `${id} came, and is not for it`);
  for (const { id, jsonHash } of taken) {
    const fingerprint = notes.get(id)?.fingerprint;
    const dataHash = fingerprint === undefined ? undefined : facts.dataByFingerprint.get(fingerprint);
    if (dataHash !== undefined && dataHash !== jsonHash) violate("altered", `${id} came with other data than the journal holds`);
  }
}

function checkDeadLetters(
  facts: RoundFacts,
  { name, givesUp }: ExpectedDestination,
  taken: readonly JournalEntry[],
  violate: Violate,
): void {
  const notes = facts.delivered[name];
  const letters = facts.operator.deadLetters.get(name) ?? new Map<string, never>();
  const byId = new Map(taken.map((entry) => [entry.id, entry]));
  const lost = taken.filter(({ id }) => (notes.get(id)?.accepted ?? 0) === 0 && !letters.has(id)).map(({ id }) => id);
  if (lost.length > 0) violate("lost", `${lost.length} were neither delivered nor are dead letters: ${lost.slice(0, 5).join(", ")}`);
  for (const [id, letter] of letters) {
    const entry = byId.get(id);
    if (entry === undefined) violate("invented", `the dead letter ${id} is not for it`);
    else if (letter.bytesHash !== entry.bytesHash) violate("altered", `the dead letter ${id} is not what the journal holds`);
    if (!givesUp && facts.sent.get(id)?.record.isPoison !== true)
      violate("dead", `${id} was given up (${letter.code}), though it could be delivered`);
    if (letter.attempts === 0 || !notes.has(id)) violate("dead", `${id} was given up without an attempt (${letter.code})`);
  }
  const { dead, unsettled } = facts.operator.destinations.get(name) ?? { dead: -1, unsettled: -1 };
  if (dead !== letters.size || facts.dead[name] !== letters.size) {
    violate("dead", `${letters.size} dead letters are listed, the destination shows ${dead}, /metrics ${facts.dead[name]}`);
  }
  if (unsettled !== 0) violate("process", `/metrics says that all is settled, the admin API that ${unsettled} deliveries are not`);
}
