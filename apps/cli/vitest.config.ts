import { projectConfig } from "../../vitest.project.ts";

// Whole journals are copied, repaired and read.
export default projectConfig({ testTimeoutMs: 60_000 });
