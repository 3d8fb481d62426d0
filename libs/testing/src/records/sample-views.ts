import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Correlation } from "@tapio/contracts/domain/v1/correlation";
import type { Event } from "@tapio/contracts/domain/v1/event";
import type { Finding } from "@tapio/contracts/domain/v1/finding";
import { RecordKind, RecordSchema, type Record } from "@tapio/contracts/domain/v1/record";
import type { RecordHeader, RecordView } from "@tapio/domain";
import { sampleCorrelation, sampleEvent, sampleFinding } from "./sample-records.ts";

/** The view that the gateway would hand to a destination for this message. */
export function sampleView(message: Event | Finding | Correlation): RecordView {
  const record = envelope(message);
  const bytes = toBinary(RecordSchema, record);
  let decoded: Record | undefined;
  return {
    ...{ header: headerOf(message), bytes, size: bytes.length },
    decoded: () => (decoded ??= fromBinary(RecordSchema, bytes)),
    decodedOnce: () => decoded ?? fromBinary(RecordSchema, bytes),
  };
}

/** `count` views with distinct ids `record-1`, `record-2`, ...: event, finding, correlation, event, and so on. */
export function sampleViews(count: number): RecordView[] {
  const makers = [sampleEvent, sampleFinding, sampleCorrelation] as const;
  return Array.from({ length: count }, (_, index) => {
    const id = `record-${String(index + 1)}`;
    return sampleView((makers[index % makers.length] ?? sampleEvent)({ id }));
  });
}

function envelope(message: Event | Finding | Correlation): Record {
  switch (message.$typeName) {
    case "tapio.domain.v1.Event":
      return create(RecordSchema, { kind: { case: "event", value: message } });
    case "tapio.domain.v1.Finding":
      return create(RecordSchema, { kind: { case: "finding", value: message } });
    case "tapio.domain.v1.Correlation":
      return create(RecordSchema, { kind: { case: "correlation", value: message } });
  }
}

function headerOf(message: Event | Finding | Correlation): RecordHeader {
  const kinds = {
    "tapio.domain.v1.Event": RecordKind.EVENT,
    "tapio.domain.v1.Finding": RecordKind.FINDING,
    "tapio.domain.v1.Correlation": RecordKind.CORRELATION,
  } as const;
  return {
    kind: kinds[message.$typeName],
    id: message.id,
    timeSeconds: Number(message.time?.seconds ?? 0n),
    timeNanos: message.time?.nanos ?? 0,
    type: message.type,
    severity: message.severity,
    namespaces: [...new Set(message.resources.map((resource) => resource.namespace).filter((name) => name !== ""))],
  };
}
