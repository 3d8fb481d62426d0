import type { Attribute, ResourceGroup, Span, SpanEvent, SpanLink } from "../core/types.ts";
import { VERSION } from "../core/version.ts";
import {
  closeMessage,
  createProtobufWriter,
  finishMessage,
  openMessage,
  writeBool,
  writeDouble,
  writeFixed32,
  writeFixed64,
  writeHex,
  writeShortTextPair,
  writeInt,
  writeString,
  writeUint,
} from "./protobuf-writer.ts";
import type { ProtobufWriter } from "./protobuf-writer.ts";

const SCOPE_NAME = "@tapio/integration-otel";
const KIND_INTERNAL = 1;
const STATUS_ERROR = 2;

export interface OtlpEncoder {
  /** An `ExportTraceServiceRequest`. */
  encode(groups: readonly ResourceGroup[]): Uint8Array<ArrayBuffer>;
}

/**
 * Writes spans straight to bytes, more than twice as fast as `@opentelemetry/otlp-transformer` (bench/encode.ts). Field numbers are those of
 * opentelemetry-proto 1.x: collector/trace/v1/trace_service.proto, trace/v1/trace.proto, common/v1/common.proto, resource/v1/resource.proto.
 */
export function createOtlpEncoder(): OtlpEncoder {
  const writer = createProtobufWriter();
  return {
    encode(groups) {
      for (const group of groups) writeResourceSpans(writer, group);
      return finishMessage(writer);
    },
  };
}

function writeResourceSpans(w: ProtobufWriter, group: ResourceGroup): void {
  const resourceSpans = openMessage(w, 1);
  const resource = openMessage(w, 1);
  writeAttributes(w, 1, group.resource);
  closeMessage(w, resource);
  const scopeSpans = openMessage(w, 2);
  const scope = openMessage(w, 1);
  writeString(w, 1, SCOPE_NAME);
  writeString(w, 2, VERSION);
  closeMessage(w, scope);
  for (const span of group.spans) writeSpan(w, span);
  closeMessage(w, scopeSpans);
  closeMessage(w, resourceSpans);
}

function writeSpan(w: ProtobufWriter, span: Span): void {
  const mark = openMessage(w, 2);
  writeHex(w, 1, span.traceId);
  writeHex(w, 2, span.spanId);
  if (span.traceState !== "") writeString(w, 3, span.traceState);
  if (span.parentSpanId !== "") writeHex(w, 4, span.parentSpanId);
  writeString(w, 5, span.name);
  writeUint(w, 6, KIND_INTERNAL);
  writeFixed64(w, 7, span.startTimeUnixNano);
  writeFixed64(w, 8, span.endTimeUnixNano);
  writeAttributes(w, 9, span.attributes);
  if (span.droppedAttributesCount > 0) writeUint(w, 10, span.droppedAttributesCount);
  for (const event of span.events) writeEvent(w, event);
  if (span.droppedEventsCount > 0) writeUint(w, 12, span.droppedEventsCount);
  for (const link of span.links) writeLink(w, link);
  if (span.droppedLinksCount > 0) writeUint(w, 14, span.droppedLinksCount);
  if (span.error !== undefined) {
    const status = openMessage(w, 15);
    if (span.error.message !== "") writeString(w, 2, span.error.message);
    writeUint(w, 3, STATUS_ERROR);
    closeMessage(w, status);
  }
  if (span.flags !== 0) writeFixed32(w, 16, span.flags);
  closeMessage(w, mark);
}

function writeEvent(w: ProtobufWriter, event: SpanEvent): void {
  const mark = openMessage(w, 11);
  writeFixed64(w, 1, event.timeUnixNano);
  writeString(w, 2, event.name);
  writeAttributes(w, 3, event.attributes);
  if (event.droppedAttributesCount > 0) writeUint(w, 4, event.droppedAttributesCount);
  closeMessage(w, mark);
}

function writeLink(w: ProtobufWriter, link: SpanLink): void {
  const mark = openMessage(w, 13);
  writeHex(w, 1, link.traceId);
  writeHex(w, 2, link.spanId);
  writeAttributes(w, 4, link.attributes);
  if (link.droppedAttributesCount > 0) writeUint(w, 5, link.droppedAttributesCount);
  closeMessage(w, mark);
}

function writeAttributes(w: ProtobufWriter, field: number, attributes: readonly Attribute[]): void {
  for (const attribute of attributes) {
    if (attribute.type === "string" && writeShortTextPair(w, field, attribute.key, attribute.value)) continue;
    const keyValue = openMessage(w, field);
    writeString(w, 1, attribute.key);
    const anyValue = openMessage(w, 2);
    writeValue(w, attribute);
    closeMessage(w, anyValue);
    closeMessage(w, keyValue);
  }
}

/** The fields of AnyValue are a oneof: they are written even when they hold a default. */
function writeValue(w: ProtobufWriter, attribute: Attribute): void {
  switch (attribute.type) {
    case "string":
      writeString(w, 1, attribute.value);
      return;
    case "bool":
      writeBool(w, 2, attribute.value);
      return;
    case "int":
      writeInt(w, 3, attribute.value);
      return;
    case "double":
      writeDouble(w, 4, attribute.value);
      return;
    case "array": {
      const array = openMessage(w, 5);
      const asInts = attribute.value.every((item) => Number.isSafeInteger(item));
      for (const item of attribute.value) writeItem(w, item, asInts);
      closeMessage(w, array);
    }
  }
}

function writeItem(w: ProtobufWriter, item: string | number | boolean, asInt: boolean): void {
  const anyValue = openMessage(w, 1);
  if (typeof item === "string") writeString(w, 1, item);
  else if (typeof item === "boolean") writeBool(w, 2, item);
  else if (asInt) writeInt(w, 3, item);
  else writeDouble(w, 4, item);
  closeMessage(w, anyValue);
}
