#!/usr/bin/env node
import { createTapioNodeClient } from "@tapio/client/node";
import { runTapioctl } from "./program.ts";
import { readInput } from "./read-input.ts";

const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort()).once("SIGTERM", () => interrupt.abort());
// `tapioctl tail | head` closes the pipe: that is the end of the work, not a failure.
process.stdout.on("error", (reason: NodeJS.ErrnoException) => process.exit(reason.code === "EPIPE" ? 0 : 3));

process.exitCode = await runTapioctl(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  readInput: (path) => readInput(path, process.stdin),
  now: () => Date.now(),
  connect: createTapioNodeClient,
  interrupted: interrupt.signal,
});
