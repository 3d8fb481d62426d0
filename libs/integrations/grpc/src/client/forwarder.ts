import { Code, ConnectError } from "@connectrpc/connect";
import { RecordStatus, type RecordResult } from "@tapio/contracts/ingest/v1/ingest";
import { delivered, failed, IntegrationError, type Outcome } from "@tapio/integration-core";
import { callFailure, recordsMayBeToBlame, type CallFailure } from "../core/errors.ts";
import { inParts, type SizedRecord } from "./batches.ts";
import type { Connection } from "./connection.ts";

const INTEGRATION = "grpc";

/** Forwards records to one server. */
export interface Forwarder {
  /** One outcome per record, in their order. Never throws. */
  forward(records: readonly SizedRecord[], signal: AbortSignal): Promise<readonly Outcome[]>;
}

/** What became of some records, and the failure that the records after them need not be tried for. */
interface Answer {
  readonly outcomes: readonly Outcome[];
  readonly stop?: Outcome;
}

/** @param closed aborts when the destination is closed */
export function createForwarder(connection: Connection, closed: AbortSignal): Forwarder {
  const operation = `Publish to ${connection.endpoint}`;

  const failure = ({ code, message, retryAfterMs }: CallFailure, cause?: unknown): Outcome =>
    failed(new IntegrationError({ integration: INTEGRATION, operation, code, message, retryAfterMs, cause }));

  /** One request, and where it is refused as a whole, its halves, until the records that are to blame stand alone. */
  async function send(records: readonly SizedRecord[], signal: AbortSignal): Promise<Answer> {
    try {
      const results = await connection.publish(
        records.map(({ bytes }) => bytes),
        signal,
      );
      if (results.length === records.length) return { outcomes: results.map(toOutcome) };
      throw new ConnectError(`${results.length} results for ${records.length} records`, Code.Internal);
    } catch (cause) {
      const reason = ended(signal) ?? callFailure(ConnectError.from(cause), connection.endpoint);
      const areToBlame = recordsMayBeToBlame(reason, sizeOf(records));
      if (areToBlame && records.length > 1) {
        const middle = Math.ceil(records.length / 2);
        return await sendAll([records.slice(0, middle), records.slice(middle)], signal);
      }
      const outcome = failure(reason, cause);
      return { outcomes: records.map(() => outcome), ...(!areToBlame && { stop: outcome }) };
    }
  }

  /** Parts one after the other. When the server does not take one of them, it is not asked about the rest. */
  async function sendAll(parts: readonly (readonly SizedRecord[])[], signal: AbortSignal): Promise<Answer> {
    const outcomes: Outcome[] = [];
    let stop: Outcome | undefined;
    for (const part of parts) {
      const answer: Answer = stop === undefined ? await send(part, signal) : { outcomes: new Array<Outcome>(part.length).fill(stop) };
      outcomes.push(...answer.outcomes);
      stop ??= answer.stop;
    }
    return { outcomes, ...(stop && { stop }) };
  }

  function toOutcome({ status, field, reason }: RecordResult): Outcome {
    switch (status) {
      case RecordStatus.ACCEPTED:
      case RecordStatus.DUPLICATE:
        return delivered();
      case RecordStatus.REJECTED:
        return failure({ code: "record_invalid", message: `${field === "" ? "record" : field}: ${reason}`, retryAfterMs: undefined });
      default:
        return failure({
          code: "internal",
          message: `the server answered with the unknown status ${String(status)}`,
          retryAfterMs: undefined,
        });
    }
  }

  return {
    async forward(records, callSignal) {
      const { outcomes } = await sendAll(inParts(records), AbortSignal.any([callSignal, closed]));
      return outcomes;
    },
  };
}

function sizeOf(records: readonly SizedRecord[]): number {
  return records.reduce((bytes, record) => bytes + record.bytes.byteLength, 0);
}

/** Why our own signal ended a call; `undefined` when it did not. */
export function ended(signal: AbortSignal): CallFailure | undefined {
  if (!signal.aborted) return undefined;
  const isDeadline = signal.reason instanceof Error && signal.reason.name === "TimeoutError";
  return isDeadline
    ? { code: "timeout", message: "the attempt's time ran out", retryAfterMs: undefined }
    : { code: "canceled", message: "the call was canceled", retryAfterMs: undefined };
}
