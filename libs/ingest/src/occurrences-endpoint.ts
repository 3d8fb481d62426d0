import { decodeOccurrences } from "@tapio/collector-tapio-agent";
import { encodeRecord } from "@tapio/domain";
import { Overloaded, type Clock, type RecordSink, type SubmitResult, type SubmittedRecord } from "@tapio/integration-core";
import type { SourceEndpoint, SourceRequest, SourceResponse } from "./source-endpoint.ts";

export interface OccurrencesOptions {
  readonly sink: RecordSink;
  readonly clock: Clock;
  /** The most occurrences of one request. */
  readonly batchRecordsMax: number;
}

/** The agent reads at most 8 KiB of an answer; what is listed of the rejections stays well below. */
const listedRejectionsMax = 12;

/**
 * `POST /v1/occurrences`: the Tapio agent's http sink. The body is an array of occurrences, or one alone. The node comes from the URL
 * (`?node=worker-3&cluster=prod`) or is the peer's address, since the agent does not send it.
 */
export function createOccurrencesEndpoint(options: OccurrencesOptions): SourceEndpoint {
  return {
    method: "POST",
    path: "/v1/occurrences",
    async handle(request) {
      const decoded = decodeOccurrences(request.body, { ...placeOf(request), observedAtMs: options.clock.now() });
      if (!decoded.ok) return errorResponse(400, decoded.code, decoded.reason);
      const count = decoded.occurrences.length;
      if (count > options.batchRecordsMax) {
        return errorResponse(
          413,
          "PAYLOAD_TOO_LARGE",
          `${count} occurrences in one request; the limit is ${options.batchRecordsMax} (ingest.max_batch_records)`,
        );
      }
      const batch = decoded.occurrences.map((entry): SubmittedRecord =>
        "record" in entry ? { bytes: encodeRecord(entry.record) } : entry,
      );
      try {
        return summary(await options.sink.submit(batch, { signal: request.signal, source: "occurrences" }));
      } catch (reason) {
        if (reason instanceof Overloaded) return overloadedResponse(reason);
        throw reason;
      }
    },
  };
}

function placeOf(request: SourceRequest): { node: string; cluster: string } {
  const query = new URLSearchParams(request.url.split("?", 2)[1] ?? "");
  return { node: query.get("node") ?? request.peerAddress.replace(/^::ffff:/, ""), cluster: query.get("cluster") ?? "" };
}

/** 200 when anything was taken, or nothing was sent: the agent drops a whole batch on any other answer. 400 when every record was refused. */
function summary(results: readonly SubmitResult[]): SourceResponse {
  const rejected = results.flatMap((result, index) =>
    result.status === "rejected" ? [{ index, id: result.id, field: result.field, reason: result.reason.slice(0, 200) }] : [],
  );
  const accepted = results.filter((result) => result.status === "accepted").length;
  const duplicates = results.length - accepted - rejected.length;
  const first = rejected[0];
  const nothingTaken = first !== undefined && rejected.length === results.length;
  const body = {
    ...(nothingTaken ? { error: { code: "INVALID_FIELD", message: `occurrences[${first.index}].${first.field}: ${first.reason}` } } : {}),
    accepted,
    duplicates,
    rejected: rejected.length,
    rejections: rejected.slice(0, listedRejectionsMax),
  };
  return jsonResponse(nothingTaken ? 400 : 200, body);
}

function overloadedResponse(overloaded: Overloaded): SourceResponse {
  const retryAfter = String(Math.ceil(overloaded.retryAfterMs / 1_000));
  const response = errorResponse(503, "UNAVAILABLE", overloaded.message);
  return { ...response, headers: { ...response.headers, "retry-after": retryAfter } };
}

function errorResponse(status: number, code: string, message: string): SourceResponse {
  return jsonResponse(status, { error: { code, message } });
}

function jsonResponse(status: number, value: unknown): SourceResponse {
  return { status, headers: { "content-type": "application/json" }, body: `${JSON.stringify(value)}\n` };
}
