import { createTapioNodeClient, type TapioNodeClient } from "@tapio/client/node";
import { startGatewayProcess } from "../gateway-process.ts";
import { createOtlpReceiver } from "../otlp-receiver.ts";
import { createScratch } from "../scratch.ts";
import { createVerifyingWebhookReceiver } from "../webhook-receiver.ts";
import { countedByType } from "../metrics-text.ts";
import { concluded, conclusions, readOccurrences, type SentRecord } from "./sample.ts";
import { isComplete, type Arrival } from "./table.ts";

export interface DemoOptions {
  /** Told what is going on, for people. */
  say(line: string): void;
  /** How long to wait for the last record, in milliseconds. */
  readonly boundMs: number;
}

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/** Plays recorded occurrences, a finding and a correlation through a real gateway process, and says for each record where it arrived. */
export async function runDemo({ say, boundMs }: DemoOptions): Promise<readonly Arrival[]> {
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(createScratch());
  const otlp = cleanup.adopt(await createOtlpReceiver(), (receiver) => receiver.close());
  const hooks = cleanup.adopt(await createVerifyingWebhookReceiver(secret), (receiver) => receiver.close());
  const config = scratch.write("tapio.yaml", configYaml(`${scratch.path}/data`, otlp.url, hooks.url));
  say(`OTLP receiver on ${otlp.url}, webhook receiver on ${hooks.url}`);
  const gateway = cleanup.adopt(await startGatewayProcess({ config }), async (started) => {
    started.kill("SIGTERM");
    await started.exited;
  });
  say(`gateway on ${gateway.url}, journal in ${scratch.path}/data`);

  const client = cleanup.use(createTapioNodeClient({ baseUrl: gateway.url }));
  const streamed = subscribe(client, cleanup);
  const sent = [...(await postOccurrences(gateway.url, say)), ...(await publishConclusions(client, say))];

  const arrivals = async (): Promise<readonly Arrival[]> => {
    const spans = new Set(otlp.spans().map(({ recordId }) => recordId));
    const posted = new Set(hooks.hooks().map(({ id }) => id));
    const counted = countedByType(await (await fetch(`${gateway.url}/metrics`)).text());
    return sent.map((record) => ({
      ...record,
      arrived: {
        otlp: spans.has(record.id),
        metrics: (counted.get(record.type) ?? 0) >= 1,
        webhook: posted.has(record.id),
        subscriber: streamed.has(record.id),
      },
    }));
  };
  const endsAtMs = Date.now() + boundMs;
  let seen = await arrivals();
  while (!isComplete(seen) && Date.now() < endsAtMs) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    seen = await arrivals();
  }
  return seen;
}

function configYaml(data: string, otlpUrl: string, hookUrl: string): string {
  return `journal: { sqlite: { path: "${data}" } }
server: { listeners: [{ address: "127.0.0.1:0" }] }
destinations:
  - { name: traces, otel: { endpoint: "${otlpUrl}" } }
  - { name: metrics, prometheus: {} }
  - { name: oncall, webhooks: { url: "${hookUrl}", secret: "${secret}", allowed_cidrs: ["127.0.0.0/8"] } }
`;
}

function subscribe(client: TapioNodeClient, cleanup: AsyncDisposableStack): ReadonlySet<string> {
  const ids = new Set<string>();
  const stop = new AbortController();
  const reading = (async () => {
    for await (const item of client.subscribe({ start: "beginning", signal: stop.signal })) {
      if (item.kind === "record") ids.add(item.record.kind.value?.id ?? "");
    }
  })();
  cleanup.defer(async () => {
    stop.abort();
    await reading;
  });
  return ids;
}

async function postOccurrences(url: string, say: (line: string) => void): Promise<readonly SentRecord[]> {
  const { body, sent } = readOccurrences();
  const response = await fetch(`${url}/v1/occurrences?node=worker-3&cluster=demo`, { method: "POST", body });
  say(`POST /v1/occurrences, ${sent.length} occurrences: ${response.status} ${(await response.text()).trim()}`);
  return sent;
}

async function publishConclusions(client: TapioNodeClient, say: (line: string) => void): Promise<readonly SentRecord[]> {
  const results = await client.publish(conclusions);
  say(`gRPC Publish, ${results.length} records: ${results.map(({ status }) => status).join(", ")}`);
  return concluded;
}
