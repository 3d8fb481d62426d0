import { describe, it } from "vitest";
import { cases } from "./contract.cases.ts";

describe("@tapio/contracts", () => {
  for (const { name, run } of cases) it(name, run);
});
