import { describe, it } from "vitest";
import { cases } from "./contract.cases.ts";

describe("webhooks, by the shared suite", () => {
  for (const { name, run } of cases) it(name, run);
});
