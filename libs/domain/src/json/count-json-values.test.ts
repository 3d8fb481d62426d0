import { describe, expect, it } from "vitest";
import { countJsonValues, endOfJsonString } from "./count-json-values.ts";

describe("countJsonValues", () => {
  it.each([
    ["1", 1],
    ["[]", 2],
    ["[1,2,3]", 4],
    ['{"a":1,"b":[2]}', 4],
    ['"[,{"', 1],
    [String.raw`["a\",[","b"]`, 3],
    [String.raw`["a\\",[1]]`, 4],
    [String.raw`["a\\\",[1]]"]`, 2],
    ['["never ends, [', 2],
  ])("counts in %s at most %i", (text, expected) => {
    expect(countJsonValues(text)).toBe(expected);
  });
});

describe("endOfJsonString", () => {
  it.each([
    [String.raw`"a"b`, 2],
    [String.raw`"a\"b"`, 5],
    [String.raw`"a\\"b"`, 4],
    ['"a', 2],
  ])("finds the end in %s", (text, expected) => {
    expect(endOfJsonString(text, 0)).toBe(expected);
  });
});
