// `npm run bench`: builds the gateway when a source is newer than its last build, then becomes the benchmark.
import { dirname, join } from "node:path";
import { buildGatewayIfStale } from "./build-gateway.ts";
import { becomeNode } from "./child.ts";

const root = dirname(dirname(import.meta.dirname));
const code = await buildGatewayIfStale(root);
if (code !== 0) process.exit(code);
// Without the workspace's own export condition: what is measured is what ships, `dist`.
await becomeNode([join(root, "bench/src/main.ts"), ...process.argv.slice(2)], process.env);
