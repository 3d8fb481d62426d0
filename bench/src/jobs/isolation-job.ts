import { startReceiver } from "../processes/receiver.ts";
import { runLoad } from "../processes/run-load.ts";
import { idPrefix } from "../records/record-id.ts";
import { webhookDestination } from "./delivery-jobs.ts";
import { cpuMicrosPer, loadOptions } from "./ingest-jobs.ts";
import type { Job, JobContext } from "./job.ts";
import type { Measured } from "./measured.ts";
import { startGateway } from "./start-ours.ts";
import { versus } from "./versus.ts";

const loadName = "isolation";
const paths = ["/a", "/b", "/c"];
/** Well below what three destinations take, so that latency is not a queue. */
const recordsPerSecond = 500;
const batch = 10;

/** J7: the 99th percentile of the delivery latency of three destinations while the fourth never answers, against the same three without it. */
export const isolationJob: Job = {
  name: "J7",
  async run(context) {
    const { ours, bare } = await versus(context, "J7", {
      ours: (folder) => measure(folder, context, ["/hang"]),
      bare: (folder) => measure(folder, context, []),
    });
    const [hanging, without] = [ours.deliveryMs?.p99 ?? Number.NaN, bare?.deliveryMs?.p99 ?? Number.NaN];
    return [
      {
        job: "J7",
        what: "p99 delivery of three while a fourth hangs, against without",
        unit: "ms",
        ours: hanging,
        bare: without,
        ratio: hanging / without,
        target: { atMost: 1.5 },
        ackMs: ours.ackMs,
        deliveryMs: ours.deliveryMs,
        cpuMicros: { ours: ours.cpuMicros, bare: bare?.cpuMicros },
        peakMemoryBytes: ours.peakMemoryBytes,
        lost: ours.lost + (bare?.lost ?? 0),
      },
    ];
  },
};

async function measure(folder: string, context: JobContext, more: readonly string[]): Promise<Measured> {
  const receiver = await startReceiver("webhook", paths);
  try {
    const destinations = [...paths, ...more].map((path) => webhookDestination(path.slice(1), receiver.url + path)).join("");
    const gateway = await startGateway(folder, destinations, context);
    const options = { ...loadOptions("publish", gateway.url, context), batch, recordsPerSecond };
    // What is sent while compilers are cold is delivered late; it is counted with the rest of its own load.
    receiver.begin(idPrefix("warmup"));
    const warm = await runLoad("publish", { ...options, warmUpSeconds: 0, seconds: context.warmUpSeconds, prefix: idPrefix("warmup") });
    await receiver.arrival(warm.acknowledged * paths.length);
    receiver.begin(idPrefix(loadName));
    const before = gateway.usage();
    const report = await runLoad("publish", { ...options, warmUpSeconds: 0, prefix: idPrefix(loadName) });
    await receiver.arrival(report.acknowledged * paths.length);
    const after = gateway.usage();
    const received = await receiver.reports();
    await gateway.stop();
    const worst = received.map(({ deliveryMs }) => deliveryMs).sort((a, b) => b.p99 - a.p99)[0];
    return {
      perSecond: report.measured / report.seconds,
      ackMs: report.ackMs,
      deliveryMs: worst,
      cpuMicros: cpuMicrosPer(report.acknowledged, before.cpuSeconds, after.cpuSeconds),
      peakMemoryBytes: after.peakMemoryBytes,
      lost: report.acknowledged * paths.length - received.reduce((sum, { unique }) => sum + unique, 0),
    };
  } finally {
    receiver.stop();
  }
}
