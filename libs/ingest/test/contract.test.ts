import { describe, it } from "vitest";
import { cases } from "./contract.cases.ts";

describe("@tapio/ingest", () => {
  for (const { name, run } of cases) it(name, run);
});
