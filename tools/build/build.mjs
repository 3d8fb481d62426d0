#!/usr/bin/env node
// Builds the project in the current folder: an empty `dist`, then `tsconfig.build.json`. Without the first step, the output of a
// source file that was deleted would stay, be packed and be cached.
import { rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
process.argv = [process.argv[0] ?? "node", "tsc", "-p", "tsconfig.build.json", ...process.argv.slice(2)];
await import("./tsc.mjs");
