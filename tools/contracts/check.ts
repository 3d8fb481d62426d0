// `npm run check:contracts`
import { runSteps } from "../check/check-step.ts";
import { contractChecks } from "./checks.ts";

const results = await runSteps(contractChecks);
process.exitCode = results.some(({ problem }) => problem !== undefined) ? 1 : 0;
