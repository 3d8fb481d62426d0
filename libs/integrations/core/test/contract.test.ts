import { describe, it } from "vitest";
import { cases } from "./contract.cases.ts";

describe("the contract", () => {
  for (const contractCase of cases) it(contractCase.name, contractCase.run);
});
