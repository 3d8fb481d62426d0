import { projectConfig } from "../../../vitest.project.ts";

// Coverage does not reach into threads that the code under test starts: what stands in these is one line, the rest is tested in-thread.
export default projectConfig({ uncovered: ["src/writer.worker.ts", "src/reader.worker.ts", "src/index.worker.ts"], testTimeoutMs: 30_000 });
