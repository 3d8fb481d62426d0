import { describe, it } from "vitest";
import { cases } from "./contract.cases.ts";

describe("the contract of integrations", () => {
  for (const { name, run } of cases) it(name, run);
});
