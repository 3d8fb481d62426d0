import type { DescMethodStreaming, MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, type Timestamp } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import type { Record } from "@tapio/contracts/domain/v1/record";
import { RawSubscribeResponseSchema } from "@tapio/contracts/subscribe/raw/v1/raw";
import {
  SubscribeService,
  type ProgressSchema,
  type SubscribeRequest,
  type SubscribeRequestSchema,
  type SubscribeResponseSchema,
} from "@tapio/contracts/subscribe/v1/subscribe";
import type { ApiPorts, LogRecord } from "../core/interfaces.ts";
import { comeAgain, stopping } from "./failures.ts";
import { followLog, type LogStep } from "./follow-log.ts";
import { compileSelect } from "./record-filter.ts";
import { resolvePosition } from "./start-position.ts";
import type { Slots } from "./slots.ts";

const DEFAULT_PROGRESS_INTERVAL_MS = 15_000;
const RETRY_WHEN_FULL_MS = 5_000;

const { subscribe, claim, ack, release } = SubscribeService.method;

/** Subscribe with the records of its responses undecoded: same path, same wire form. */
const rawSubscribe: DescMethodStreaming<typeof SubscribeRequestSchema, typeof RawSubscribeResponseSchema> & {
  methodKind: "server_streaming";
} = { ...subscribe, output: RawSubscribeResponseSchema };

type Progress = MessageInitShape<typeof ProgressSchema>;

/** Subscribe for binary clients: the records' bytes go out as they came in. */
export function routeBinarySubscribe(router: ConnectRouter, ports: ApiPorts, slots: Slots): void {
  router.rpc(rawSubscribe, async function* (request, context): AsyncGenerator<MessageInitShape<typeof RawSubscribeResponseSchema>> {
    const all = (record: LogRecord): unknown => record;
    const select = request.filter === undefined ? all : compileSelect(request.filter, ports.logger);
    for await (const step of follow(ports, slots, request, context, select)) {
      yield step.kind === "progress"
        ? { step: { case: "progress", value: toProgress(step) } }
        : { step: { case: "record", value: { ...placeOf(step.record), record: step.record.bytes } } };
    }
  });
}

/** Subscribe for JSON clients. */
export function routeJsonSubscribe(router: ConnectRouter, ports: ApiPorts, slots: Slots): void {
  router.rpc(subscribe, async function* (request, context): AsyncGenerator<MessageInitShape<typeof SubscribeResponseSchema>> {
    const selectView = compileSelect(request.filter, ports.logger);
    const select = (record: LogRecord): Record | undefined => selectView(record)?.decoded();
    for await (const step of follow(ports, slots, request, context, select)) {
      yield step.kind === "progress"
        ? { step: { case: "progress", value: toProgress(step) } }
        : { step: { case: "record", value: { ...placeOf(step.record), record: step.view } } };
    }
  });
}

/** Durable subscriptions. */
export function routeLeases(router: ConnectRouter): void {
  const unavailable = (): never => {
    throw new ConnectError(
      "durable subscriptions are not available in this version; use Subscribe and keep the position",
      Code.Unimplemented,
    );
  };
  router.rpc(claim, unavailable);
  router.rpc(ack, unavailable);
  router.rpc(release, unavailable);
}

async function* follow<View>(
  { log, clock, logger, shutdown }: ApiPorts,
  slots: Slots,
  request: SubscribeRequest,
  context: HandlerContext,
  select: (record: LogRecord) => View | undefined,
): AsyncGenerator<LogStep<View>> {
  const slot = slots.take();
  if (slot === undefined) throw comeAgain(`all ${slots.limit} places for subscribers are taken; come again later`, RETRY_WHEN_FULL_MS);
  try {
    const after = await resolvePosition(log, request.start, "head");
    const progressIntervalMs = intervalMs(request);
    yield* followLog(log, { after, select, progressIntervalMs, clock, logger, signal: AbortSignal.any([context.signal, shutdown]) });
  } catch (reason) {
    throw shutdown.aborted ? stopping() : reason;
  } finally {
    slot.release();
  }
}

function intervalMs({ progressInterval }: SubscribeRequest): number {
  if (progressInterval === undefined) return DEFAULT_PROGRESS_INTERVAL_MS;
  return Number(progressInterval.seconds) * 1000 + progressInterval.nanos / 1_000_000;
}

function placeOf(record: LogRecord): { sequence: bigint; acceptedTime: Timestamp } {
  return { sequence: BigInt(record.sequence), acceptedTime: timestampFromMs(record.appendedAtMs) };
}

function toProgress(step: Extract<LogStep<unknown>, { kind: "progress" }>): Progress {
  const progress: Progress = { sequence: BigInt(step.sequence), headSequence: BigInt(step.head) };
  if (step.lost === undefined) return progress;
  return { ...progress, lost: { fromSequence: BigInt(step.lost.from), toSequence: BigInt(step.lost.to) } };
}
