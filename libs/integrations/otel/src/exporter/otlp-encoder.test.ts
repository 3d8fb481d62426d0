import { describe, expect, it } from "vitest";
import { sampleCorrelation, sampleEvent, sampleFinding } from "@tapio/testing";
import { decodeRequest, decodedSpans, recodeRequest } from "../../test/otlp-reference.ts";
import type { Attribute, Span } from "../core/types.ts";
import { groupByResource, placeRecord } from "../processor/place-record.ts";
import { createOtlpEncoder } from "./otlp-encoder.ts";

const configured: Attribute[] = [{ key: "deployment.environment.name", type: "string", value: "prod" }];

function sampleRequest(): Uint8Array {
  const placed = [
    placeRecord({ case: "event", value: sampleEvent() }),
    placeRecord({ case: "finding", value: sampleFinding() }),
    placeRecord({ case: "correlation", value: sampleCorrelation() }),
    placeRecord({ case: "event", value: sampleEvent({ id: "event-2", source: { kind: "falco" } }) }),
  ];
  return createOtlpEncoder().encode(groupByResource(placed, configured));
}

const bareSpan: Span = {
  traceId: "0123456789abcdef0123456789abcdef",
  spanId: "fedcba9876543210",
  parentSpanId: "",
  traceState: "",
  flags: 0,
  name: "a",
  startTimeUnixNano: 1n,
  endTimeUnixNano: 2n,
  attributes: [],
  droppedAttributesCount: 0,
  events: [],
  droppedEventsCount: 0,
  links: [],
  droppedLinksCount: 0,
};

function encodeSpan(span: Partial<Span>): Uint8Array {
  return createOtlpEncoder().encode([{ resource: [], spans: [{ ...bareSpan, ...span }] }]);
}

describe("createOtlpEncoder", () => {
  it("makes of the three kinds of record the request of the golden file", async () => {
    const decoded = `${JSON.stringify(decodeRequest(sampleRequest()), undefined, 2)}\n`;
    await expect(decoded).toMatchFileSnapshot("../testdata/golden-request.json");
  });

  it("writes byte for byte what OpenTelemetry's own encoder writes", () => {
    const request = sampleRequest();
    expect(request.length).toBeGreaterThan(1000);
    expect(Buffer.from(request).toString("hex")).toBe(Buffer.from(recodeRequest(request)).toString("hex"));
  });

  it("encodes nothing as the empty request", () => {
    expect(createOtlpEncoder().encode([])).toEqual(new Uint8Array(0));
  });

  it("keeps every type of attribute, also when it holds a default", () => {
    const attributes: Attribute[] = [
      { key: "string", type: "string", value: "" },
      { key: "long", type: "string", value: "ä".repeat(3000) },
      { key: "bool", type: "bool", value: false },
      { key: "zero", type: "int", value: 0 },
      { key: "negative", type: "int", value: -42 },
      { key: "large", type: "int", value: Number.MAX_SAFE_INTEGER },
      { key: "small", type: "int", value: Number.MIN_SAFE_INTEGER },
      { key: "double", type: "double", value: 1 },
      { key: "strings", type: "array", value: ["a", "b"] },
      { key: "ints", type: "array", value: [1, -2] },
      { key: "doubles", type: "array", value: [1, 2.5] },
      { key: "bools", type: "array", value: [true, false] },
    ];
    const [span] = decodedSpans(decodeRequest(encodeSpan({ attributes })));
    expect(span?.attributes).toEqual([
      { key: "string", value: { stringValue: "" } },
      { key: "long", value: { stringValue: "ä".repeat(3000) } },
      { key: "bool", value: { boolValue: false } },
      { key: "zero", value: { intValue: "0" } },
      { key: "negative", value: { intValue: "-42" } },
      { key: "large", value: { intValue: "9007199254740991" } },
      { key: "small", value: { intValue: "-9007199254740991" } },
      { key: "double", value: { doubleValue: 1 } },
      { key: "strings", value: { arrayValue: { values: [{ stringValue: "a" }, { stringValue: "b" }] } } },
      { key: "ints", value: { arrayValue: { values: [{ intValue: "1" }, { intValue: "-2" }] } } },
      { key: "doubles", value: { arrayValue: { values: [{ doubleValue: 1 }, { doubleValue: 2.5 }] } } },
      { key: "bools", value: { arrayValue: { values: [{ boolValue: true }, { boolValue: false }] } } },
    ]);
  });

  it("writes counts of what was dropped, the trace state, flags and a status without words", () => {
    const [span] = decodedSpans(
      decodeRequest(
        encodeSpan({
          parentSpanId: "00000000000000ff",
          traceState: "vendor=1",
          flags: 0x301,
          droppedAttributesCount: 3,
          droppedEventsCount: 300,
          droppedLinksCount: 70_000,
          events: [{ timeUnixNano: 5n, name: "e", attributes: [], droppedAttributesCount: 1 }],
          links: [{ traceId: bareSpan.traceId, spanId: bareSpan.spanId, attributes: [], droppedAttributesCount: 2 }],
          error: { message: "" },
        }),
      ),
    );
    expect(span).toEqual({
      traceId: "0123456789abcdef0123456789abcdef",
      spanId: "fedcba9876543210",
      parentSpanId: "00000000000000ff",
      traceState: "vendor=1",
      flags: 769,
      name: "a",
      kind: "SPAN_KIND_INTERNAL",
      startTimeUnixNano: "1",
      endTimeUnixNano: "2",
      droppedAttributesCount: 3,
      droppedEventsCount: 300,
      droppedLinksCount: 70000,
      events: [{ timeUnixNano: "5", name: "e", droppedAttributesCount: 1 }],
      links: [{ traceId: "0123456789abcdef0123456789abcdef", spanId: "fedcba9876543210", droppedAttributesCount: 2 }],
      status: { code: "STATUS_CODE_ERROR" },
    });
  });

  it("keeps nanoseconds up to the last bit of a fixed64", () => {
    const [span] = decodedSpans(
      decodeRequest(encodeSpan({ startTimeUnixNano: 1_772_600_767_123_456_789n, endTimeUnixNano: (1n << 64n) - 1n })),
    );
    expect(span?.startTimeUnixNano).toBe("1772600767123456789");
    expect(span?.endTimeUnixNano).toBe("18446744073709551615");
  });

  it("gives each request bytes of its own", () => {
    const encoder = createOtlpEncoder();
    const first = encoder.encode([{ resource: [], spans: [bareSpan] }]);
    const copy = first.slice();
    encoder.encode([{ resource: [], spans: [{ ...bareSpan, name: "other" }] }]);
    expect(first).toEqual(copy);
  });
});
