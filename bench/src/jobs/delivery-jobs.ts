import type { Counter } from "../processes/counter.ts";
import { startReceiver, type Receiver } from "../processes/receiver.ts";
import { runLoad } from "../processes/run-load.ts";
import type { ServedProcess } from "../processes/served-process.ts";
import { idPrefix } from "../records/record-id.ts";
import { cpuMicrosPer, loadOptions, publishBatch, publishJob } from "./ingest-jobs.ts";
import type { Job, JobContext } from "./job.ts";
import type { Measured } from "./measured.ts";
import { throughputRow } from "./throughput-row.ts";
import { startBare, startGateway, startNullGateway } from "./start-ours.ts";
import { versus } from "./versus.ts";

const loadName = "delivery";
/** Starts with base64's alphabet, as `tapioctl webhook keygen` makes them. */
export const webhookSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/** Of the records of a run, this part is sent and delivered before it, so that compilers are warm. */
const warmUpPart = 0.2;

/** J3: J1 with a destination that takes everything at once; it is measured against our own J1. */
export const nullJob: Job = {
  name: "J3",
  async run(context) {
    const { ours } = await versus(context, "J3", {
      ours: async (folder) => {
        const gateway = await startNullGateway(folder, { name: "null", start: "head" }, context);
        return measureDelivery(context, { server: gateway, counter: gateway.counter, recordsPerSecond: 200_000 });
      },
    });
    if (!context.earlier.has(publishJob.name)) await publishJob.run(context);
    return [
      throughputRow({
        job: "J3",
        what: "J1 + a null destination, against our J1",
        atLeast: 0.8,
        ours,
        bare: context.earlier.get(publishJob.name),
      }),
    ];
  },
};

/** J4: J1, counted, and delivered as spans in gzipped OTLP. */
export const spansJob: Job = {
  name: "J4",
  run: (context) =>
    runDelivery(context, {
      job: "J4",
      what: "J1 + metrics + OTLP with gzip, delivered",
      recordsPerSecond: 40_000,
      receiver: () => startReceiver("otlp", [loadName]),
      destinations: ({ url }) => `\n  - { name: metrics, prometheus: {} }\n  - { name: traces, otel: { endpoint: "${url}" } }`,
      bare: ({ url }) => ["spans", `${url}/v1/traces`],
    }),
};

/** J5: J1 and one signed webhook per record, delivered. */
export const webhooksJob: Job = {
  name: "J5",
  run: (context) =>
    runDelivery(context, {
      job: "J5",
      what: "J1 + one signed webhook per record, delivered",
      recordsPerSecond: 15_000,
      receiver: () => startReceiver("webhook", ["/hook"]),
      destinations: ({ url }) => webhookDestination("oncall", `${url}/hook`),
      bare: ({ url }) => ["webhooks", `${url}/hook`, webhookSecret],
    }),
};

/** A destination for a receiver of this machine. */
export function webhookDestination(name: string, url: string): string {
  return `\n  - { name: ${name}, webhooks: { url: "${url}", secret: "${webhookSecret}", allowed_cidrs: ["127.0.0.0/8"], concurrency: 32 } }`;
}

interface DeliveryJob {
  readonly job: string;
  readonly what: string;
  /** How many records are sent for each second of the command line: about what is reached, so that a run takes about so long. */
  readonly recordsPerSecond: number;
  receiver(): Promise<Receiver>;
  /** The gateway's destinations, as YAML. */
  destinations(receiver: Receiver): string;
  /** Arguments of the bare loop. */
  bare(receiver: Receiver): readonly string[];
}

async function runDelivery(context: JobContext, job: DeliveryJob): ReturnType<Job["run"]> {
  const withReceiver = async (start: (receiver: Receiver) => Promise<ServedProcess>): Promise<Measured> => {
    const receiver = await job.receiver();
    try {
      return await measureDelivery(context, { server: await start(receiver), counter: receiver, recordsPerSecond: job.recordsPerSecond });
    } finally {
      receiver.stop();
    }
  };
  const { ours, bare } = await versus(context, job.job, {
    ours: (folder) => withReceiver((receiver) => startGateway(folder, job.destinations(receiver), context)),
    bare: (folder) => withReceiver((receiver) => startBare("publish-server", folder, String(publishBatch), ...job.bare(receiver))),
  });
  return [throughputRow({ job: job.job, what: job.what, atLeast: 0.7, ours, bare })];
}

interface DeliveryRun {
  readonly server: ServedProcess;
  /** Counts what is delivered. */
  readonly counter: Counter;
  readonly recordsPerSecond: number;
}

/** Sends a fixed number of records as fast as they are acknowledged, and waits until all have arrived. */
async function measureDelivery(context: JobContext, { server, counter, recordsPerSecond }: DeliveryRun): Promise<Measured> {
  const records = Math.ceil((recordsPerSecond * context.seconds) / publishBatch) * publishBatch;
  const options = { ...loadOptions("publish", server.url, { seconds: 600, warmUpSeconds: 0 }), prefix: idPrefix(loadName) };
  const warmUp = Math.ceil((records * warmUpPart) / publishBatch) * publishBatch;
  counter.begin(options.prefix);
  await runLoad("publish", { ...options, recordsMax: warmUp });
  await counter.arrival(warmUp);
  const before = server.usage();
  const report = await runLoad("publish", { ...options, firstRecord: warmUp, recordsMax: records });
  await counter.arrival(warmUp + report.acknowledged);
  const after = server.usage();
  const [received] = await counter.reports();
  await server.stop();
  if (received === undefined) throw new Error("the receiver has no report");
  return {
    perSecond: report.acknowledged / ((received.lastAtMs - report.startedAtMs) / 1000),
    ackMs: report.ackMs,
    deliveryMs: received.deliveryMs,
    cpuMicros: cpuMicrosPer(report.acknowledged, before.cpuSeconds, after.cpuSeconds),
    peakMemoryBytes: after.peakMemoryBytes,
    lost: warmUp + report.acknowledged - received.unique,
  };
}
