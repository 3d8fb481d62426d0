import { durationFromMs, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Client } from "@connectrpc/connect";
import type { SubscribeResponse, SubscribeService } from "@tapio/contracts/subscribe/v1/subscribe";
import { delay } from "./delay.ts";
import { reconnectDelayMs } from "./reconnect.ts";
import { createSilenceWatch } from "./silence-watch.ts";
import { TapioClientError } from "./tapio-client-error.ts";
import type { PositionInit, SubscribeOptions, SubscribeStart, SubscriptionItem } from "./tapio-client.ts";

const DEFAULT_PROGRESS_INTERVAL_MS = 15_000;
/** How many intervals without a word make a dead connection. */
const SILENT_INTERVALS_MAX = 3;

/** The metadata of a call, made anew for each. */
export type HeaderSource = () => Promise<Record<string, string>>;

/** A subscription that connects again after the last item until it is aborted, or until an answer is final. */
export async function* subscription(
  client: Client<typeof SubscribeService>,
  headers: HeaderSource,
  options: SubscribeOptions,
): AsyncGenerator<SubscriptionItem> {
  const { signal = new AbortController().signal, reconnect = {}, onReconnect } = options;
  let start = options.start ?? "head";
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const item of connection(client, headers, options, start, signal)) {
        failures = 0;
        start = { afterSequence: item.sequence };
        yield item;
      }
    } catch (reason) {
      if (signal.aborted) return;
      failures += 1;
      const error = TapioClientError.from(reason);
      const delayMs = reconnect === false ? undefined : reconnectDelayMs(error, failures, reconnect, Math.random());
      if (delayMs === undefined) throw error;
      onReconnect?.({ error, attempt: failures, delayMs });
      await delay(delayMs, signal);
    }
  }
}

/** One connection, from a position on, until it breaks or falls silent. */
async function* connection(
  client: Client<typeof SubscribeService>,
  headers: HeaderSource,
  options: SubscribeOptions,
  start: SubscribeStart,
  signal: AbortSignal,
): AsyncGenerator<SubscriptionItem> {
  const { filter, progressIntervalMs = DEFAULT_PROGRESS_INTERVAL_MS } = options;
  const watch = createSilenceWatch(progressIntervalMs * SILENT_INTERVALS_MAX, signal);
  const request = {
    ...(filter !== undefined && { filter }),
    start: toPosition(start),
    progressInterval: durationFromMs(progressIntervalMs),
  };
  try {
    for await (const response of client.subscribe(request, { signal: watch.signal, headers: await headers() })) {
      const item = toItem(response);
      if (item === undefined) continue;
      // The time that the reader takes is not the server's silence.
      watch.pause();
      yield item;
      watch.listen();
    }
  } catch (reason) {
    throw watch.silent() ? new TapioClientError("unavailable", "the connection fell silent", { cause: reason }) : reason;
  } finally {
    watch.close();
  }
  throw new TapioClientError("unavailable", "the server ended the stream");
}

export function toPosition(start: SubscribeStart): PositionInit {
  if (start === "head" || start === "beginning") return { at: { case: start, value: {} } };
  if ("timeMs" in start) return { at: { case: "time", value: timestampFromMs(start.timeMs) } };
  return { at: { case: "afterSequence", value: BigInt(start.afterSequence) } };
}

/** `undefined` for a step that this version does not know. */
function toItem({ step }: SubscribeResponse): SubscriptionItem | undefined {
  switch (step.case) {
    case "record": {
      const { sequence, acceptedTime, record } = step.value;
      if (record === undefined) return undefined;
      return {
        kind: "record",
        sequence: Number(sequence),
        acceptedAtMs: acceptedTime === undefined ? 0 : timestampMs(acceptedTime),
        record,
      };
    }
    case "progress": {
      const { sequence, headSequence, lost } = step.value;
      const range = lost && { fromSequence: Number(lost.fromSequence), toSequence: Number(lost.toSequence) };
      return { kind: "progress", sequence: Number(sequence), headSequence: Number(headSequence), ...(range && { lost: range }) };
    }
    default:
      return undefined;
  }
}
