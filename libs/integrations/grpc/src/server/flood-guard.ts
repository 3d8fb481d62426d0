import { Code, ConnectError } from "@connectrpc/connect";
import {
  compressedFlag,
  createAsyncIterable,
  pipe,
  readAllBytes,
  transformJoinEnvelopes,
  transformSplitEnvelope,
  type Compression,
  type EnvelopedMessage,
  type UniversalHandler,
} from "@connectrpc/connect/protocol";
import type { ApiLimits } from "./api-options.ts";

/** Fields beside the records: there are none in this version, and a newer sender may have a few. */
const OTHER_FIELDS_MAX = 100;

/**
 * Looks at Publish's binary messages before they are parsed: 16 MiB of empty records would become eight million objects, a gigabyte, before
 * anybody could count them. Messages that are compressed are looked at by `guardCompression`.
 */
export function guardFloods(handler: UniversalHandler, limits: ApiLimits): UniversalHandler {
  const isUnary = handler.method.methodKind === "unary";
  const guarded: (...args: Parameters<UniversalHandler>) => ReturnType<UniversalHandler> = (request) => {
    const { body } = request;
    if (typeof body !== "object" || body === null || !(Symbol.asyncIterator in body)) return handler(request);
    const isBare = isUnary && /^application\/proto/i.test(request.header.get("content-type") ?? "");
    if (!isBare) return handler({ ...request, body: checkEnvelopes(body, limits) });
    if (request.header.has("content-encoding")) return handler(request);
    return handler({ ...request, body: checkWhole(body, request.header.get("content-length"), limits) });
  };
  return Object.assign(guarded, {
    protocolNames: handler.protocolNames,
    service: handler.service,
    method: handler.method,
    requestPath: handler.requestPath,
    supportedContentType: handler.supportedContentType,
    allowedMethods: handler.allowedMethods,
  });
}

/** The same for what a message was compressed from. */
export function guardCompression(compression: Compression, limits: ApiLimits): Compression {
  return {
    ...compression,
    async decompress(bytes, readMaxBytes) {
      const message = await compression.decompress(bytes, readMaxBytes);
      checkMessage(message, limits);
      return message;
    },
  };
}

async function* checkWhole(body: AsyncIterable<Uint8Array>, length: string | null, limits: ApiLimits): AsyncGenerator<Uint8Array> {
  const message = await readAllBytes(body, limits.maxRequestBytes, length);
  checkMessage(message, limits);
  yield* createAsyncIterable([message]);
}

function checkEnvelopes(body: AsyncIterable<Uint8Array>, limits: ApiLimits): AsyncIterable<Uint8Array> {
  return pipe(body, transformSplitEnvelope(limits.maxRequestBytes), checkEach(limits), transformJoinEnvelopes());
}

function checkEach(limits: ApiLimits): (envelopes: AsyncIterable<EnvelopedMessage>) => AsyncIterable<EnvelopedMessage> {
  return async function* (envelopes) {
    for await (const envelope of envelopes) {
      if ((envelope.flags & compressedFlag) === 0) checkMessage(envelope.data, limits);
      yield envelope;
    }
  };
}

function checkMessage(message: Uint8Array, { maxRecordsPerRequest }: ApiLimits): void {
  const fieldsMax = maxRecordsPerRequest + OTHER_FIELDS_MAX;
  if (message.byteLength <= fieldsMax * 2 || countFields(message, fieldsMax) <= fieldsMax) return;
  const text = `records: there are far too many in one message; send at most ${maxRecordsPerRequest} at a time`;
  throw new ConnectError(text, Code.InvalidArgument);
}

/**
 * How many fields a message has, as far as they can be read, and no further than one more than `max`
 * (https://protobuf.dev/programming-guides/encoding/). What is broken is the parser's to refuse.
 */
export function countFields(message: Uint8Array, max: number): number {
  let at = 0;
  let value = 0;
  const readVarint = (): void => {
    value = 0;
    for (let scale = 1; at < message.length; scale *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return;
    }
  };
  let count = 0;
  while (at < message.length && count <= max) {
    count += 1;
    readVarint();
    const wireType = value & 7;
    // protobuf-es reads the records' field as bytes, whatever its wire type says.
    if (wireType === 2 || Math.floor(value / 8) === 1) {
      readVarint();
      at += value;
    } else if (wireType === 0) readVarint();
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
  }
  return count;
}
