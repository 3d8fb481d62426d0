import { describe, it } from "vitest";
import { referenceSubject } from "../testdata/reference-integration.ts";
import { integrationContractCases } from "./integration-contract-cases.ts";

describe("an integration that keeps the contract", () => {
  for (const { name, run } of integrationContractCases(referenceSubject)) it(name, run);
});
