import { describe, it } from "vitest";
import { cases } from "./contract.cases.ts";

describe("the public surface", () => {
  for (const { name, run } of cases) it(name, run);
});
