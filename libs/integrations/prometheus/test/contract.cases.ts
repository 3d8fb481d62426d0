import { integrationContractCases, type ContractCase } from "@tapio/testing";
import { prometheusSubject } from "./subject.ts";

export const cases: ContractCase[] = integrationContractCases(prometheusSubject());
