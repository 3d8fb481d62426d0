import { occurrencesJob, publishJob } from "./ingest-jobs.ts";
import type { Job } from "./job.ts";

/** In the order in which they run. */
export const allJobs: readonly Job[] = [publishJob, occurrencesJob];
