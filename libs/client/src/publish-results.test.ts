import { create } from "@bufbuild/protobuf";
import { PublishStreamResponseSchema } from "@tapio/contracts/ingest/v1/ingest";
import { describe, expect, it } from "vitest";
import { toPublishSummary } from "./publish-results.ts";

describe("toPublishSummary", () => {
  it("lists a refusal without a result by its place", () => {
    const response = create(PublishStreamResponseSchema, { rejected: 1n, rejections: [{ index: 4n }] });
    expect(toPublishSummary(response).rejections).toEqual([{ index: 4, id: "", field: "", reason: "" }]);
  });
});
