import type { Source } from "@tapio/contracts/domain/v1/types";
import type { ResourceAttribute } from "../core/types.ts";
import { VERSION } from "../core/version.ts";
import { writeTextAttribute } from "../enricher/attribute-set.ts";
import { isSameSource, resourceOf, sourceKeyOf } from "../enricher/source-resource.ts";
import { writeSpan } from "../processor/write-span.ts";
import type { RecordBodyOf } from "../processor/write-span.ts";
import { clearWriter, closeMessage, createProtobufWriter, finishMessage, openMessage, writeString } from "../wire/protobuf-writer.ts";
import type { ProtobufWriter } from "../wire/protobuf-writer.ts";
import { assembleRequest } from "./request-bytes.ts";

/** Room that is kept for later batches, all of it together. Two batches of 500 records of the usual size, the default of what is in flight, take half of it. */
const IDLE_BYTES_MAX = 8 * 1024 * 1024;
const SCOPE_NAME = "@tapio/integration-otel";

/** Spans, encoded once, of which any part can be a request. */
export interface SpanBatch {
  readonly count: number;
  /**
   * An `ExportTraceServiceRequest` of the spans from `start` up to, not including, `end`: those of equal sources under one Resource. It lies in the
   * batch's room, and is good until the next request or `release`.
   */
  request(start: number, end: number): Uint8Array<ArrayBuffer>;
  /** The batch is not used any more; the next one may have its room. */
  release(): void;
}

export interface OtlpEncoder {
  /** Encodes a record as a span of the batch that is being made. @throws whatever is wrong with the record, which is not in the batch then */
  add(record: RecordBodyOf): void;
  /** The batch of what was added since the last one. */
  finish(): SpanBatch;
}

/**
 * Writes records straight to the bytes of spans. Field numbers are those of opentelemetry-proto 1.x: collector/trace/v1/trace_service.proto,
 * trace/v1/trace.proto, common/v1/common.proto, resource/v1/resource.proto.
 */
export function createOtlpEncoder(configured: readonly ResourceAttribute[]): OtlpEncoder {
  const scope = encodeScope();
  const rooms = createRooms();
  let room = rooms.take();
  let ends: number[] = [];
  let groupOf: number[] = [];
  let resources: Uint8Array[] = [];
  let lastSource: Source | undefined;
  const groupByKey = new Map<string, number>();

  const groupIndex = (source: Source | undefined): number => {
    // Most records of a batch come from one source, so that the last span's group is the first to look at.
    const last = groupOf.at(-1);
    if (last !== undefined && isSameSource(lastSource, source)) return last;
    const key = sourceKeyOf(source);
    const index = groupByKey.get(key) ?? resources.push(encodeResource(source, configured)) - 1;
    groupByKey.set(key, index);
    lastSource = source;
    return index;
  };

  return {
    add(record) {
      const { writer } = room;
      const { position } = writer;
      try {
        writeSpan(writer, record);
        groupOf.push(groupIndex(record.value.source));
      } catch (error) {
        writer.position = position;
        throw error;
      }
      ends.push(writer.position);
    },
    finish() {
      const filled = room;
      const batch = { bytes: filled.writer.buffer.subarray(0, filled.writer.position), ends, groupOf, resources, scope };
      room = rooms.take();
      [ends, groupOf, resources] = [[], [], []];
      groupByKey.clear();
      return {
        count: batch.ends.length,
        request: (start, end) => assembleRequest(batch, start, end, (bytes) => requestRoom(filled, bytes)),
        release: () => rooms.giveBack(filled),
      };
    },
  };
}

/** What one batch needs: its spans, and the request that is made of them. */
interface Room {
  readonly writer: ProtobufWriter;
  request: Uint8Array<ArrayBuffer>;
}

/**
 * Room of batches that are done with. New memory for each would cost as much as filling it does, and V8 collects the whole heap whenever so much of it
 * was taken.
 */
function createRooms() {
  const idle: Room[] = [];
  let idleBytes = 0;
  return {
    take(): Room {
      const room = idle.pop();
      if (room === undefined) return { writer: createProtobufWriter(), request: new Uint8Array(0) };
      idleBytes -= bytesOf(room);
      return room;
    },
    giveBack(room: Room): void {
      clearWriter(room.writer);
      if (idleBytes + bytesOf(room) > IDLE_BYTES_MAX) return;
      idle.push(room);
      idleBytes += bytesOf(room);
    },
  };
}

function bytesOf({ writer, request }: Room): number {
  return writer.buffer.length + request.length;
}

/** Room for a request; what was there is gone. */
function requestRoom(room: Room, bytes: number): Uint8Array<ArrayBuffer> {
  // With some to spare, so that batches of about one size do not outgrow it one after the other.
  if (room.request.length < bytes) room.request = new Uint8Array(Math.ceil(bytes * 1.25));
  return room.request.subarray(0, bytes);
}

/** The field `ResourceSpans.resource`. */
function encodeResource(source: Source | undefined, configured: readonly ResourceAttribute[]): Uint8Array {
  const writer = createProtobufWriter();
  const resource = openMessage(writer, 1);
  for (const { key, value } of resourceOf(source, configured)) writeTextAttribute(writer, 1, key, value);
  closeMessage(writer, resource);
  return finishMessage(writer);
}

/** The field `ScopeSpans.scope`. */
function encodeScope(): Uint8Array {
  const writer = createProtobufWriter();
  const scope = openMessage(writer, 1);
  writeString(writer, 1, SCOPE_NAME);
  writeString(writer, 2, VERSION);
  closeMessage(writer, scope);
  return finishMessage(writer);
}
