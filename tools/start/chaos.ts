// `npm run chaos`: builds the gateway when a source is newer than its last build, then becomes the chaos run.
import { dirname, join } from "node:path";
import { buildGatewayIfStale } from "./build-gateway.ts";
import { becomeNode } from "./child.ts";

const root = dirname(dirname(import.meta.dirname));
const code = await buildGatewayIfStale(root);
if (code !== 0) process.exit(code);
await becomeNode(["--conditions=tapio-source", join(root, "e2e/src/chaos/main.ts"), ...process.argv.slice(2)], process.env);
