import { create, toBinary } from "@bufbuild/protobuf";
import { RawPublishRequestSchema } from "@tapio/contracts/ingest/raw/v1/raw";
import { PublishResponseSchema } from "@tapio/contracts/ingest/v1/ingest";
import type { SubmitResult } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { frameResults, sliceRecords } from "./publish-message.ts";
import { toRecordResult } from "./publish-results.ts";

function requestOf(sizes: readonly number[]): Uint8Array {
  const records = sizes.map((size, index) => new Uint8Array(size).fill(index + 1));
  return toBinary(RawPublishRequestSchema, create(RawPublishRequestSchema, { records }));
}

describe("the records of a request", () => {
  it("are found whatever their size", () => {
    const sizes = [0, 1, 127, 128, 16_383, 16_384, 2_097_152];
    const slices = sliceRecords(requestOf(sizes), 10) ?? [];
    expect(slices.map((slice) => [slice.length, slice.every((byte) => byte === slice[0]), slice[0]])).toEqual(
      sizes.map((size, index) => [size, true, size === 0 ? undefined : index + 1]),
    );
  });

  it("are found in a part of a larger buffer", () => {
    const request = Buffer.concat([Buffer.from("before"), requestOf([3, 2]), Buffer.from("after")]);
    const slices = sliceRecords(request.subarray(6, request.length - 5), 10) ?? [];
    expect(slices.map((slice) => [...slice])).toEqual([
      [1, 1, 1],
      [2, 2],
    ]);
  });

  it.each([
    ["one more than is allowed", requestOf([1, 1, 1])],
    ["an unknown field", Uint8Array.of(0x10, 1)],
    ["a record of another wire type", Uint8Array.of(0x08, 1)],
    ["a record that reaches past the end", Uint8Array.of(0x0a, 2, 1)],
    ["a length that is cut off", Uint8Array.of(0x0a, 0x80)],
    ["a length of five bytes", Uint8Array.of(0x0a, 0x81, 0x80, 0x80, 0x80, 0x00, 1)],
    ["a tag alone", Uint8Array.of(0x0a)],
  ])("are left to others in a request with %s", (_, request) => {
    expect(sliceRecords(request, 2)).toBeUndefined();
  });
});

describe("the framed results", () => {
  const accepted = (id: string, sequence: number): SubmitResult => ({ status: "accepted", id, sequence });

  it.each<[string, readonly SubmitResult[]]>([
    ["none", []],
    ["sequences of every length", [1, 127, 128, 16_384, 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1].map((sequence) => accepted("a", sequence))],
    ["a duplicate", [{ status: "duplicate", id: "a", sequence: 7 }]],
    ["ids of every length", Array.from({ length: 128 }, (_, index) => accepted("x".repeat(index + 1), index + 1))],
    [
      "a rejected record among others",
      [accepted("a", 1), { status: "rejected", field: "event.type", reason: "is missing: é" }, accepted("b", 2)],
    ],
  ])("are what protobuf-es makes of them: %s", (_, results) => {
    const message = toBinary(PublishResponseSchema, create(PublishResponseSchema, { results: results.map(toRecordResult) }));
    const frame = frameResults(results);
    expect([frame[0], frame.readUInt32BE(1)]).toEqual([0, message.length]);
    expect(frame.subarray(5).equals(message)).toBe(true);
  });
});
