import { toBinary } from "@bufbuild/protobuf";
import { TapioClientError, type TapioErrorCode } from "@tapio/client";
import { createTapioNodeClient, type TapioNodeClient } from "@tapio/client/node";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { setTimeout as sleep } from "node:timers/promises";
import { hashOfBytes } from "./canonical.ts";
import type { LoadPlan } from "./chaos-plan.ts";
import { chaosRecord, occurrenceJson, recordMessage, type ChaosRecord } from "./chaos-record.ts";
import { seededRandom, type SeededRandom } from "./seeded-random.ts";
import type { Job, SentLedger } from "./sent-ledger.ts";

export interface ProducersOptions {
  readonly url: string;
  readonly seed: number;
  readonly round: number;
  readonly life: number;
  readonly load: LoadPlan;
  readonly ledger: SentLedger;
  /** Told when the n-th request of this life, from 1, has been handed to the network. */
  onRequest?(n: number): void;
}

/** Callers in this process that send until they are stopped, or have sent what the plan says. */
export interface Producers {
  /** Resolves when all that the plan says is sent and answered. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/** What one caller needs. */
interface Caller {
  readonly random: SeededRandom;
  readonly signal: AbortSignal;
  call(job: Job, signal: AbortSignal): Promise<void>;
  nextJob(): Job | undefined;
}

export function startProducers(options: ProducersOptions): Producers {
  const { load, seed, round, life } = options;
  const stopping = new AbortController();
  const client = createTapioNodeClient({ baseUrl: options.url });
  const progress: Progress = { recordsLeft: load.recordsMax, requests: 0 };
  const callers = [
    ...Array.from({ length: load.publishers }, (_, n) => createPublisher(options, client, progress, n)),
    ...Array.from({ length: load.posters }, () => createPoster(options, progress)),
  ].map((caller, n) => ({ ...caller, random: seededRandom(seed, "caller", round, life, n), signal: stopping.signal }));
  const done = Promise.all(callers.map((caller) => run(caller, options.ledger))).then(() => client[Symbol.dispose]());
  return {
    done,
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function run(caller: Caller, ledger: SentLedger): Promise<void> {
  while (!caller.signal.aborted) {
    const job = caller.nextJob();
    if (job === undefined) return;
    const calls = caller.random.chance(0.05) ? [job, job] : [job];
    const outcomes = await Promise.allSettled(calls.map((same) => caller.call(same, caller.signal)));
    if (outcomes.every(({ status }) => status === "fulfilled")) continue;
    // Most callers try again until they have an answer, some give up at once; whether the records are there then is the gateway's to know.
    if (job.failures > 0 || caller.random.chance(0.85)) ledger.unanswered.push(job);
    job.failures += 1;
    await sleep(Math.min(20 * job.failures, 200), undefined, { signal: caller.signal }).catch(() => undefined);
  }
}

/** What the callers of one life share. */
interface Progress {
  recordsLeft: number;
  requests: number;
}

/** Codes that no kill and no full disk explains. */
const finalCodes: ReadonlySet<string> = new Set<TapioErrorCode>([
  "invalid_argument",
  "not_found",
  "out_of_range",
  "permission_denied",
  "unauthenticated",
  "unimplemented",
  "data_loss",
]);

type Calls = Pick<Caller, "call" | "nextJob">;

/** Takes an unanswered job of this kind, or makes a new one of up to `size` records. */
function jobSource(via: Job["via"], options: ProducersOptions, progress: Progress, size: () => number): () => Job | undefined {
  const { ledger, load, round, seed } = options;
  return () => {
    const old = ledger.unanswered.findIndex((job) => job.via === via);
    if (old !== -1) return ledger.unanswered.splice(old, 1)[0];
    if (progress.recordsLeft <= 0) return undefined;
    const ids = Array.from({ length: Math.min(size(), progress.recordsLeft) }, () => {
      const record = chaosRecord(seed, round, ledger.nextNumber(), load.paddingBytes, via === "post");
      ledger.sent(record, via === "post" ? undefined : hashOfBytes(toBinary(RecordSchema, recordMessage(record))));
      return record.id;
    });
    progress.recordsLeft -= ids.length;
    return { via, ids, failures: 0 };
  };
}

function createPublisher(options: ProducersOptions, client: TapioNodeClient, progress: Progress, n: number): Calls {
  const { ledger, load, round, seed, life } = options;
  const sizes = seededRandom(seed, "batch", round, life, n);
  return {
    nextJob: jobSource("publish", options, progress, () => sizes.between(1, load.batchRecordsMax)),
    async call(job, signal) {
      const calling = client.publish(recordsOf(job, ledger).map(recordMessage), { signal });
      options.onRequest?.((progress.requests += 1));
      const results = await calling.catch((reason: unknown) => {
        if (reason instanceof TapioClientError && finalCodes.has(reason.code)) {
          ledger.violate({ rule: "refused", text: `a batch was answered ${reason.code}: ${reason.message}` });
        }
        throw reason;
      });
      for (const result of results) {
        if (result.status === "rejected") {
          ledger.violate({ rule: "refused", text: `${result.id} was rejected: ${result.field} ${result.reason}` });
        } else ledger.acknowledged(result.id, result.status, result.sequence);
      }
    },
  };
}

function createPoster(options: ProducersOptions, progress: Progress): Calls {
  const { ledger } = options;
  return {
    nextJob: jobSource("post", options, progress, () => 1),
    async call(job, signal) {
      const [record] = recordsOf(job, ledger);
      if (record === undefined) return;
      const calling = fetch(`${options.url}/v1/occurrences`, { method: "POST", body: occurrenceJson(record), signal });
      options.onRequest?.((progress.requests += 1));
      const response = await calling;
      const text = await response.text();
      if (response.status !== 200) {
        if (response.status !== 503) ledger.violate({ rule: "refused", text: `${record.id} was answered ${response.status}: ${text}` });
        throw new Error(text);
      }
      const answer = JSON.parse(text) as { readonly accepted?: number; readonly duplicates?: number };
      if (answer.accepted === 1) ledger.acknowledged(record.id, "accepted");
      else if (answer.duplicates === 1) ledger.acknowledged(record.id, "duplicate");
      else ledger.violate({ rule: "refused", text: `${record.id} was rejected: ${text}` });
    },
  };
}

function recordsOf(job: Job, ledger: SentLedger): readonly ChaosRecord[] {
  return job.ids.flatMap((id) => ledger.records.get(id)?.record ?? []);
}
