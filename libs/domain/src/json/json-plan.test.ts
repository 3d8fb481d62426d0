import { DurationSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { describe, expect, it } from "vitest";
import { jsonPlan } from "./json-plan.ts";

describe("jsonPlan", () => {
  it("has every field of a record under its JSON name", () => {
    const plan = jsonPlan(RecordSchema);
    const event = plan[1]?.message?.map((field) => Buffer.from(field?.key ?? []).toString());
    expect(event).toHaveLength(16);
    expect(event?.slice(1, 4)).toEqual(['"id":', '"time":', '"observedTime":']);
    expect(event?.[10]).toBe('"correlationKeys":');
  });

  it("refuses a type of field that it does not know, so that a contract that has one is noticed at the start", () => {
    expect(() => jsonPlan(DurationSchema)).toThrow("field google.protobuf.Duration.seconds: the JSON writer of records does not know");
    expect(() => jsonPlan(TimestampSchema)).toThrow("teach it");
  });
});
