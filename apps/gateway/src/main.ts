#!/usr/bin/env node
import { keepNewObjectsYoung } from "./garbage-collection.ts";
import { run } from "./run.ts";

/** What a stop had to leave behind, such as a thread that waits for a disk, must not keep the process. */
const leftBehindMs = 1_000;

keepNewObjectsYoung();
process.exitCode = await run(process.argv.slice(2), process.env);
setTimeout(() => process.exit(), leftBehindMs).unref();
