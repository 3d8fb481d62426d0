import { create, toBinary } from "@bufbuild/protobuf";
import { PublishResponseSchema, RecordStatus } from "@tapio/contracts/ingest/v1/ingest";
import { expect, it } from "vitest";
import { countAccepted } from "./publish-answer.ts";

function framed(statuses: readonly RecordStatus[]): Buffer {
  const results = statuses.map((status, index) => ({ status, id: "bench000000-0000000041-1793534400123", sequence: BigInt(index + 1) }));
  return Buffer.concat([Buffer.alloc(5), toBinary(PublishResponseSchema, create(PublishResponseSchema, { results }))]);
}

it("counts the results that say ACCEPTED, and tells an answer without results", () => {
  const { ACCEPTED, DUPLICATE } = RecordStatus;
  expect(countAccepted(framed([ACCEPTED, ACCEPTED, DUPLICATE, ACCEPTED]))).toBe(3);
  expect(countAccepted(framed([]))).toBeUndefined();
});
