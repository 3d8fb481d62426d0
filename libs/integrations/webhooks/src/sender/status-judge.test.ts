import { describe, expect, it } from "vitest";
import { createStatusJudge } from "./status-judge.ts";

const times = (count: number, status: number) => Array.from({ length: count }, () => status);

describe("a status judge", () => {
  it("does not blame the records for 400 while the receiver has taken nothing", () => {
    expect(times(50, 400).map(createStatusJudge())).toEqual(Array.from({ length: 50 }, () => "unavailable"));
  });

  it("blames the record for 400 once the receiver has taken another", () => {
    expect([400, 204, 400, 200, 400].map(createStatusJudge())).toEqual([
      "unavailable",
      "delivered",
      "record_invalid",
      "delivered",
      "record_invalid",
    ]);
  });

  it("stops blaming the records after ten answers of 400 in a row, until one is taken again", () => {
    const verdicts = [200, ...times(12, 400), 200, 400].map(createStatusJudge());
    expect(verdicts.slice(1, 11)).toEqual(Array.from({ length: 10 }, () => "record_invalid"));
    expect(verdicts.slice(11)).toEqual(["unavailable", "unavailable", "delivered", "record_invalid"]);
  });

  it("does not count other answers", () => {
    expect([200, 503, 429, 404, 400].map(createStatusJudge())).toEqual([
      "delivered",
      "unavailable",
      "throttled",
      "unavailable",
      "record_invalid",
    ]);
  });
});
