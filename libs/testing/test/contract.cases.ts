import { integrationContractCases, type ContractCase } from "@tapio/testing";
import { countingSubject } from "./counting-integration.ts";
import { referenceSubject } from "./reference-integration.ts";

/** The shared suite accepts two integrations that keep the contract: one with a peer, one with state. */
export const cases: ContractCase[] = [
  ...named("with a peer", integrationContractCases(referenceSubject)),
  ...named("with state", integrationContractCases(countingSubject())),
];

function named(which: string, all: readonly ContractCase[]): ContractCase[] {
  return all.map(({ name, run }) => ({ name: `${which}: ${name}`, run }));
}
