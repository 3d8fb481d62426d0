import { integrationContractCases } from "@tapio/testing";
import type { ContractCase } from "@tapio/testing";
import { otelSubject } from "./otel-subject.ts";

export const cases: ContractCase[] = integrationContractCases(otelSubject);
