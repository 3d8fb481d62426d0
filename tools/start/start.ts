// `npm start`: builds the gateway when a source is newer than its last build, then becomes the gateway.
import { dirname, join } from "node:path";
import { buildGatewayIfStale, cacheFolder, gatewayMain } from "./build-gateway.ts";
import { becomeNode } from "./child.ts";

const root = dirname(dirname(import.meta.dirname));
const code = await buildGatewayIfStale(root);
if (code !== 0) process.exit(code);
await becomeNode([gatewayMain(root), ...process.argv.slice(2)], { ...process.env, NODE_COMPILE_CACHE: join(cacheFolder(root), "compile") });
