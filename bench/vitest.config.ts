import { projectConfig } from "../vitest.project.ts";

// What it runs are whole processes, which coverage cannot see into.
export default projectConfig({ withCoverage: false, testTimeoutMs: 120_000 });
