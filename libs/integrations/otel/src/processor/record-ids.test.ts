import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { coordinatesOf, coordinatesOfRef, nonZero, spanIdOf, traceIdOf } from "./record-ids.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

describe("ids of spans", () => {
  it("never change: these ids are in traces that were sent before", () => {
    expect(traceIdOf({ id: "event-1" })).toBe("aa295417cf22ff2fd33a98efe2d5cad7");
    expect(spanIdOf("event-1")).toBe("2316778298d23b14");
  });

  it("are parts of one SHA-256 over a versioned prefix and the record's id", () => {
    const digest = createHash("sha256").update("tapio-otel-1:record-7").digest("hex");
    expect(coordinatesOf({ id: "record-7" })).toEqual({ traceId: digest.slice(0, 32), spanId: digest.slice(32, 48) });
  });

  it("join the trace that the record names, and keep their own span", () => {
    expect(coordinatesOf({ id: "event-1", trace: { traceId: TRACE } })).toEqual({ traceId: TRACE, spanId: "2316778298d23b14" });
    expect(traceIdOf({ id: "event-1", trace: { traceId: TRACE } })).toBe(TRACE);
  });

  it.each(["", "0".repeat(32), "abc", TRACE.toUpperCase(), "z".repeat(32)])("take %j for no trace", (traceId) => {
    expect(traceIdOf({ id: "event-1", trace: { traceId } })).toBe(traceIdOf({ id: "event-1" }));
  });

  it("are never all zero", () => {
    expect(nonZero("0".repeat(64))).toBe(`${"0".repeat(31)}1${"0".repeat(15)}1`);
    expect(nonZero("a".repeat(64))).toBe("a".repeat(48));
  });
});

describe("coordinatesOfRef", () => {
  it("takes what the reference knows", () => {
    expect(coordinatesOfRef({ recordId: "event-1", traceId: TRACE, spanId: SPAN })).toEqual({ traceId: TRACE, spanId: SPAN });
  });

  it("takes the record's own span in a trace whose span is not known", () => {
    expect(coordinatesOfRef({ recordId: "event-1", traceId: TRACE, spanId: "" })).toEqual({ traceId: TRACE, spanId: spanIdOf("event-1") });
  });

  it("leads to the span that is made of the record when only its id is known", () => {
    expect(coordinatesOfRef({ recordId: "event-1", traceId: "", spanId: SPAN })).toEqual(coordinatesOf({ id: "event-1" }));
  });
});
