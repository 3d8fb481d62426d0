import { it } from "vitest";
import { cases } from "./contract.cases.ts";

for (const { name, run } of cases) it(name, run);
