import { toJson, type DescMethodStreaming, type DescMethodUnary, type MessageInitShape } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import {
  JsonPublishRequestSchema,
  RawPublishRequestSchema,
  type JsonPublishRequest,
  type RawPublishRequest,
} from "@tapio/contracts/ingest/raw/v1/raw";
import { IngestService, PublishStreamResponseSchema, type PublishResponseSchema } from "@tapio/contracts/ingest/v1/ingest";
import { recordFromJson } from "@tapio/domain";
import type { SubmitResult, SubmittedRecord } from "@tapio/integration-core";
import type { ApiPorts } from "../core/interfaces.ts";
import type { ApiLimits } from "./api-options.ts";
import { stopping, toConnectError } from "./failures.ts";
import { createStreamTally, toRecordResult, type StreamTally } from "./publish-results.ts";
import { untilAborted } from "./until-aborted.ts";

const { publish, publishStream } = IngestService.method;

// The methods with the records of their requests undecoded: same paths, same wire form.
const rawPublish: DescMethodUnary<typeof RawPublishRequestSchema, typeof PublishResponseSchema> = {
  ...publish,
  input: RawPublishRequestSchema,
};
const jsonPublish: DescMethodUnary<typeof JsonPublishRequestSchema, typeof PublishResponseSchema> = {
  ...publish,
  input: JsonPublishRequestSchema,
};
const rawPublishStream: DescMethodStreaming<typeof RawPublishRequestSchema, typeof PublishStreamResponseSchema> & {
  methodKind: "client_streaming";
} = { ...publishStream, input: RawPublishRequestSchema };
const jsonPublishStream: DescMethodStreaming<typeof JsonPublishRequestSchema, typeof PublishStreamResponseSchema> & {
  methodKind: "client_streaming";
} = { ...publishStream, input: JsonPublishRequestSchema };

/** tapio.ingest.v1 for binary requests: each record's bytes go on as they came. */
export function routeBinaryIngest(router: ConnectRouter, ports: ApiPorts, limits: ApiLimits): void {
  const submit = createSubmit(ports, limits, (request: RawPublishRequest) => request.records.map((bytes) => ({ bytes })));
  router.rpc(rawPublish, (request, context) => publishOnce(submit, request, context));
  router.rpc(rawPublishStream, (requests, context) => publishAll(submit, requests, context, ports.shutdown));
}

/** tapio.ingest.v1 for JSON requests: each record is decoded alone and strictly. */
export function routeJsonIngest(router: ConnectRouter, ports: ApiPorts, limits: ApiLimits): void {
  const submit = createSubmit(ports, limits, (request: JsonPublishRequest) => request.records.map(fromJsonValue));
  router.rpc(jsonPublish, (request, context) => publishOnce(submit, request, context));
  router.rpc(jsonPublishStream, (requests, context) => publishAll(submit, requests, context, ports.shutdown));
}

function fromJsonValue(value: JsonPublishRequest["records"][number]): SubmittedRecord {
  const decoded = recordFromJson(toJson(ValueSchema, value));
  return decoded.ok ? { bytes: decoded.bytes } : { problem: decoded.problem };
}

type Submit<Request> = (request: Request, context: HandlerContext) => Promise<readonly SubmitResult[]>;

function createSubmit<Request extends { records: readonly unknown[] }>(
  { sink }: Pick<ApiPorts, "sink">,
  { maxRecordsPerRequest }: Pick<ApiLimits, "maxRecordsPerRequest">,
  toRecords: (request: Request) => SubmittedRecord[],
): Submit<Request> {
  return async (request, context) => {
    const count = request.records.length;
    if (count > maxRecordsPerRequest) {
      const message = `records: ${count} in one message are too many; send at most ${maxRecordsPerRequest} at a time`;
      throw new ConnectError(message, Code.InvalidArgument);
    }
    if (count === 0) return [];
    return await sink.submit(toRecords(request), { signal: context.signal, source: context.protocolName });
  };
}

async function publishOnce<Request>(
  submit: Submit<Request>,
  request: Request,
  context: HandlerContext,
): Promise<MessageInitShape<typeof PublishResponseSchema>> {
  const results = await submit(request, context);
  return { results: results.map(toRecordResult) };
}

/** Submits one message at a time: the next one is read from the connection when the one before is durable. */
async function publishAll<Request>(
  submit: Submit<Request>,
  requests: AsyncIterable<Request>,
  context: HandlerContext,
  shutdown: AbortSignal,
): Promise<MessageInitShape<typeof PublishStreamResponseSchema>> {
  const tally = createStreamTally();
  try {
    for await (const request of untilAborted(requests, shutdown, stopping)) {
      tally.add(await submit(request, context));
    }
  } catch (reason) {
    throw interrupted(reason, tally);
  }
  return tally.summary();
}

/** Says how much of a stream was taken before it broke. */
function interrupted(reason: unknown, tally: StreamTally): ConnectError {
  const failure = toConnectError(reason);
  const { accepted, duplicate, rejected } = tally.counts();
  const taken = `of this stream, ${accepted} records were accepted, ${duplicate} were duplicates and ${rejected} were rejected`;
  const error = new ConnectError(`${failure.rawMessage}; ${taken}`, failure.code, failure.metadata, undefined, failure.cause);
  const counts = { accepted: BigInt(accepted), duplicates: BigInt(duplicate), rejected: BigInt(rejected) };
  error.details.push(...failure.details, { desc: PublishStreamResponseSchema, value: counts });
  return error;
}
