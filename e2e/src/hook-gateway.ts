import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { spawnGatewayProcess, type GatewayProcess, type SpawnedGateway } from "./gateway-process.ts";
import { createScratch, type Scratch } from "./scratch.ts";
import { createVerifyingWebhookReceiver, type VerifyingWebhookReceiver } from "./webhook-receiver.ts";

export interface HookGatewayOptions {
  /** Where the data folder lies; absent: in a scratch folder. */
  readonly parentFolder?: string;
  /** More settings of the SQLite journal, e.g. `max_file_bytes: 4MiB`. */
  readonly sqlite?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly wrapper?: readonly string[];
}

/** A data folder, one webhook destination with its receiver, and gateways in processes of their own that live there, one at a time. */
export interface HookGateway extends AsyncDisposable {
  readonly hooks: VerifyingWebhookReceiver;
  readonly dataFolder: string;
  readonly scratch: Scratch;
  /** Starts a life, and waits until it is ready. */
  start(): Promise<GatewayProcess>;
  /** Starts a life that may never be ready; its probes answer at `url` all the same. */
  spawn(): Promise<SpawnedGateway & { readonly url: string }>;
  /** Whether each of them was delivered at least once. */
  hasAll(ids: readonly string[]): boolean;
}

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

export async function createHookGateway(options: HookGatewayOptions = {}): Promise<HookGateway> {
  const scratch = createScratch();
  const hooks = await createVerifyingWebhookReceiver(secret);
  const dataFolder = `${options.parentFolder ?? scratch.path}/data`;
  const port = await freePort();
  const config = scratch.write(
    "tapio.yaml",
    `journal: { sqlite: { path: "${dataFolder}", ${options.sqlite ?? ""} } }
server: { listeners: [{ address: "127.0.0.1:${port}" }] }
destinations:
  - { name: hook, retry: { initial_delay: 50ms, max_delay: 200ms, max_attempts: 1000000, max_age: 87600h }, webhooks: { url: "${hooks.url}", secret: "${secret}", allowed_cidrs: ["127.0.0.0/8"], timeout: 2s } }
`,
  );
  const url = `http://127.0.0.1:${port}`;
  const lives: SpawnedGateway[] = [];
  const spawn = (): SpawnedGateway => {
    const { env = {}, wrapper = [] } = options;
    const gateway = spawnGatewayProcess({ config, env, wrapper });
    lives.push(gateway);
    return gateway;
  };
  return {
    hooks,
    dataFolder,
    scratch,
    async start() {
      const gateway = spawn();
      await gateway.ready;
      return { ...gateway, url };
    },
    async spawn() {
      const gateway = spawn();
      await Promise.race([probesAnswer(url), gateway.exited]);
      return { ...gateway, url };
    },
    hasAll(ids) {
      const arrived = new Set(hooks.hooks().map(({ id }) => id));
      return ids.every((id) => arrived.has(id));
    },
    async [Symbol.asyncDispose]() {
      for (const gateway of lives) gateway.kill("SIGKILL");
      await Promise.all(lives.map(({ exited }) => exited));
      await hooks.close();
      scratch[Symbol.dispose]();
    },
  };
}

/** What /readyz says. */
export interface Readiness {
  readonly status: number;
  /** Why nothing is taken; empty while records are. */
  readonly reason: string;
}

export async function readiness(url: string): Promise<Readiness> {
  const response = await fetch(`${url}/readyz`);
  const { reason } = (await response.json()) as { readonly reason?: string };
  return { status: response.status, reason: reason ?? "" };
}

async function probesAnswer(url: string): Promise<void> {
  while (
    !(await fetch(`${url}/healthz`).then(
      () => true,
      () => false,
    ))
  )
    await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
