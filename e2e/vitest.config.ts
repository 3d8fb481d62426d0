import { projectConfig } from "../vitest.project.ts";

// What it tests are whole processes, which coverage cannot see into.
export default projectConfig({ withCoverage: false, testTimeoutMs: 60_000 });
