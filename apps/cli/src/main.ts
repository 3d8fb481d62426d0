#!/usr/bin/env node
import { setTimeout as delay } from "node:timers/promises";
import { createTapioNodeClient } from "@tapio/client/node";
import { askAtTerminal } from "./ask-at-terminal.ts";
import { openOutput } from "./open-output.ts";
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
  openOutput: (path) => openOutput(path, process.stdout),
  ask: (question) => askAtTerminal(question, process.stdin, process.stderr, interrupt.signal),
  now: () => Date.now(),
  sleep: (delayMs) => delay(delayMs, undefined, { signal: interrupt.signal }).catch(() => undefined),
  connect: createTapioNodeClient,
  interrupted: interrupt.signal,
});
