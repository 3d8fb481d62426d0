import type { ContractCase } from "../contract-case.ts";
import { appendCases } from "./append-cases.ts";
import { closingCases } from "./closing-cases.ts";
import { destinationCases } from "./destination-cases.ts";
import type { JournalSubject } from "./journal-subject.ts";
import { lookupCases } from "./lookup-cases.ts";
import { readCases } from "./read-cases.ts";
import { settlementCases } from "./settlement-cases.ts";

/** What docs/specs/journal.md promises of every journal; each case's name begins with the clauses that it checks. */
export function journalContractCases(subject: JournalSubject): ContractCase[] {
  return [
    ...appendCases(subject),
    ...readCases(subject),
    ...lookupCases(subject),
    ...destinationCases(subject),
    ...settlementCases(subject),
    ...closingCases(subject),
  ];
}
