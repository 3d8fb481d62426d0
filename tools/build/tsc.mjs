#!/usr/bin/env node
// The native TypeScript compiler. It stands under an alias because typescript-eslint needs the 6.x package under its own name,
// and both would otherwise claim `node_modules/.bin/tsc`.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const manifest = createRequire(import.meta.url).resolve("typescript-native/package.json");
await import(pathToFileURL(join(dirname(manifest), "bin", "tsc")).href);
