import { describe, it } from "vitest";
import { cases } from "./contract.cases.ts";

describe("@tapio/runtime", () => {
  for (const { name, run } of cases) it(name, run);
});
