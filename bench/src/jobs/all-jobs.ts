import { catchUpJob } from "./catch-up-job.ts";
import { nullJob, spansJob, webhooksJob } from "./delivery-jobs.ts";
import { occurrencesJob, publishJob } from "./ingest-jobs.ts";
import { isolationJob } from "./isolation-job.ts";
import type { Job } from "./job.ts";

/** In the order in which they run: J3 is measured against J1. */
export const allJobs: readonly Job[] = [publishJob, occurrencesJob, nullJob, spansJob, webhooksJob, catchUpJob, isolationJob];
