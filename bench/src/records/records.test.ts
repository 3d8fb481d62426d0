import { fromBinary } from "@bufbuild/protobuf";
import { PublishRequestSchema } from "@tapio/contracts/ingest/v1/ingest";
import { expect, it } from "vitest";
import { createOccurrenceRequest } from "./occurrence-request.ts";
import { createPublishFrame, FRAME_PREFIX_BYTES } from "./publish-frame.ts";
import { idPrefix, readCounter, readSentAtMs } from "./record-id.ts";

const prefix = idPrefix("bench");

it("makes frames whose records are valid, of some 600 bytes, and numbered in place", () => {
  const frame = createPublishFrame(3, prefix);

  frame.renumber(41, 1_793_534_400_123);

  const message = frame.bytes.subarray(FRAME_PREFIX_BYTES);
  expect(frame.bytes.readUInt32BE(1)).toBe(message.length);
  const { records } = fromBinary(PublishRequestSchema, message);
  expect(records.map(({ kind }) => kind.value?.id)).toEqual([
    "bench000000-0000000041-1793534400123",
    "bench000000-0000000042-1793534400123",
    "bench000000-0000000043-1793534400123",
  ]);
  expect(message.length / 3).toBeGreaterThan(550);
  expect(message.length / 3).toBeLessThan(650);
});

it("makes requests with one occurrence of some 600 bytes whose length is declared", () => {
  const request = createOccurrenceRequest("127.0.0.1:8080", prefix);

  request.renumber(7, 1_793_534_400_123);

  const [head = "", body = ""] = request.bytes.toString("latin1").split("\r\n\r\n");
  expect(head).toContain(`content-length: ${body.length}`);
  expect(JSON.parse(body)).toMatchObject({ id: "bench000000-0000000007-1793534400123", type: "kernel.container.oom_kill" });
  expect(body.length).toBeGreaterThan(550);
  expect(body.length).toBeLessThan(650);
});

it("reads back from an id which record it is and when it was sent, and nothing from others' ids", () => {
  expect(readCounter("bench000000-0000000041-1793534400123", prefix)).toBe(41);
  expect(readSentAtMs("bench000000-0000000041-1793534400123")).toBe(1_793_534_400_123);
  expect(readCounter("bench000000-0000000041-1793534400123", idPrefix("other"))).toBeUndefined();
  expect(readCounter("bench000000-41", prefix)).toBeUndefined();
});
