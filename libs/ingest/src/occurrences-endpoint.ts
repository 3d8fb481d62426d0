import { decodeOccurrences, nameCharactersMax, type DecodedOccurrence, type DecodedOccurrences } from "@tapio/collector-tapio-agent";
import { encodeRecord } from "@tapio/domain";
import { Overloaded, type Clock, type RecordSink, type SubmitCall, type SubmitResult, type SubmittedRecord } from "@tapio/integration-core";
import type { Hangup, SourceEndpoint, SourceRequest, SourceResponse } from "./source-endpoint.ts";

export interface OccurrencesOptions {
  readonly sink: RecordSink;
  readonly clock: Clock;
  /** The most occurrences of one request. */
  readonly batchRecordsMax: number;
}

/**
 * JSON values per occurrence that a full request may have on average; the agent's have some 60. A request of fewer occurrences may have
 * larger ones.
 */
const valuesPerOccurrenceMax = 100;
const valuesMaxLeast = 100_000;

/** Encoded records of one request: some four times as many bytes as JSON, at the worst of what is honest; names are repeated in each. */
const encodedPerBodyByteMax = 4;
const encodedBytesMaxLeast = 64 * 1024 * 1024;

/** The agent reads at most 8 KiB of an answer; what is listed of the rejections stays well below. */
const listedRejectionsMax = 12;
const listedBytesMax = 6 * 1024;
const reasonCharactersMax = 200;

/**
 * `POST /v1/occurrences`: the Tapio agent's http sink. The body is an array of occurrences, or one alone. The node comes from the URL
 * (`?node=worker-3&cluster=prod`) or is the peer's address, since the agent does not send it.
 */
export function createOccurrencesEndpoint(options: OccurrencesOptions): SourceEndpoint {
  const limits = {
    occurrencesMax: options.batchRecordsMax,
    valuesMax: Math.max(valuesMaxLeast, options.batchRecordsMax * valuesPerOccurrenceMax),
  };
  return {
    method: "POST",
    path: "/v1/occurrences",
    async handle(request) {
      const place = placeOf(request);
      const tooLong = place.node.length > nameCharactersMax ? "node" : place.cluster.length > nameCharactersMax ? "cluster" : undefined;
      if (tooLong !== undefined) {
        return errorResponse(400, "INVALID_FIELD", `${tooLong} in the URL must have at most ${nameCharactersMax} characters`);
      }
      const decoded = decodeOccurrences(request.body, { ...place, observedAtMs: options.clock.now() }, limits);
      if (!decoded.ok) return refusal(decoded);
      const batch = encodeAll(decoded.occurrences, Math.max(encodedBytesMaxLeast, request.body.byteLength * encodedPerBodyByteMax));
      if (batch === undefined) return tooLarge("the occurrences would become too large as records: send fewer at a time");
      try {
        return summary(await options.sink.submit(batch, new OccurrencesCall(request.hangup)));
      } catch (reason) {
        if (reason instanceof Overloaded) return overloadedResponse(reason);
        throw reason;
      }
    },
  };
}

function placeOf({ url, peerAddress }: SourceRequest): { node: string; cluster: string } {
  const peer = peerAddress.startsWith(mappedPrefix) ? peerAddress.slice(mappedPrefix.length) : peerAddress;
  if (!url.includes("?")) return { node: peer, cluster: "" };
  const query = new URLSearchParams(url.split("?", 2)[1] ?? "");
  return { node: query.get("node") ?? peer, cluster: query.get("cluster") ?? "" };
}

/** Of an IPv4 address in IPv6's form. */
const mappedPrefix = "::ffff:";

/** Makes the signal only for those who look at it. */
class OccurrencesCall implements SubmitCall {
  readonly source = "occurrences";
  readonly #hangup: Hangup;

  constructor(hangup: Hangup) {
    this.#hangup = hangup;
  }

  get signal(): AbortSignal {
    return this.#hangup.signal;
  }
}

/** One at a time, so that no more than one decoded record is alive; `undefined` when they would have more than `bytesMax` bytes. */
function encodeAll(occurrences: Iterable<DecodedOccurrence>, bytesMax: number): readonly SubmittedRecord[] | undefined {
  const batch: SubmittedRecord[] = [];
  let bytesLeft = bytesMax;
  for (const entry of occurrences) {
    const submitted = "record" in entry ? { bytes: encodeRecord(entry.record) } : entry;
    if ("bytes" in submitted) bytesLeft -= submitted.bytes.byteLength;
    if (bytesLeft < 0) return undefined;
    batch.push(submitted);
  }
  return batch;
}

function refusal({ code, reason }: DecodedOccurrences & { ok: false }): SourceResponse {
  switch (code) {
    case "TOO_MANY_OCCURRENCES":
      return tooLarge(`${reason} (ingest.max_batch_records)`);
    case "TOO_MANY_VALUES":
      return tooLarge(`${reason}: send fewer occurrences at a time`);
    default:
      return errorResponse(400, code, reason);
  }
}

function tooLarge(message: string): SourceResponse {
  return errorResponse(413, "PAYLOAD_TOO_LARGE", message);
}

/** 200 when anything was taken, or nothing was sent: the agent drops a whole batch on any other answer. 400 when every record was refused. */
function summary(results: readonly SubmitResult[]): SourceResponse {
  const counts = { accepted: 0, duplicate: 0, rejected: 0 };
  for (const { status } of results) counts[status] += 1;
  const rejections = listed(results);
  const first = rejections[0];
  const nothingTaken = first !== undefined && counts.rejected === results.length;
  const body = {
    ...(nothingTaken ? { error: { code: "INVALID_FIELD", message: `occurrences[${first.index}].${first.field}: ${first.reason}` } } : {}),
    accepted: counts.accepted,
    duplicates: counts.duplicate,
    rejected: counts.rejected,
    rejections,
  };
  return jsonResponse(nothingTaken ? 400 : 200, body);
}

interface Rejection {
  readonly index: number;
  readonly id: string | undefined;
  readonly field: string;
  readonly reason: string;
}

/** The first rejections, as many as an answer has room for, and one at least. */
function listed(results: readonly SubmitResult[]): readonly Rejection[] {
  const rejections: Rejection[] = [];
  let bytes = 0;
  for (const [index, result] of results.entries()) {
    if (result.status !== "rejected") continue;
    const rejection = { index, id: result.id, field: result.field, reason: result.reason.slice(0, reasonCharactersMax) };
    bytes += Buffer.byteLength(JSON.stringify(rejection));
    if (rejections.length > 0 && bytes > listedBytesMax) break;
    if (rejections.push(rejection) === listedRejectionsMax) break;
  }
  return rejections;
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
