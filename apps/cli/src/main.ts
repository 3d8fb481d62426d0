#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { createTapioNodeClient } from "@tapio/client/node";
import { CommandFailure } from "./io.ts";
import { runTapioctl } from "./program.ts";

const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort()).once("SIGTERM", () => interrupt.abort());
// `tapioctl tail | head` closes the pipe: that is the end of the work, not a failure.
process.stdout.on("error", (reason: NodeJS.ErrnoException) => process.exit(reason.code === "EPIPE" ? 0 : 3));

process.exitCode = await runTapioctl(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  readInput: async (path) => {
    if (path === "-") return buffer(process.stdin);
    try {
      return await readFile(path);
    } catch (reason) {
      throw new CommandFailure(3, `${path} cannot be read: ${reason instanceof Error ? reason.message : String(reason)}`);
    }
  },
  now: () => Date.now(),
  connect: createTapioNodeClient,
  interrupted: interrupt.signal,
});
