import { describe, expect, it } from "vitest";
import { mayLosePrecision, quoteLossyNumbers } from "./quote-lossy-numbers.ts";

describe("quoteLossyNumbers", () => {
  it.each([
    ['{"a":9007199254740992}', '{"a":"9007199254740992"}'],
    ["[-12345678901234567890, 1]", '["-12345678901234567890", 1]'],
    ["1e999", '"1e999"'],
    ["[9E+308,-9e308]", '["9E+308","-9e308"]'],
  ])("quotes in %s", (text, expected) => {
    expect(mayLosePrecision(Buffer.from(text))).toBe(true);
    expect(quoteLossyNumbers(text)).toBe(expected);
  });

  it.each([
    ["the largest exact integer", "[9007199254740991,-9007199254740991]"],
    ["a fraction", "0.12345678901234567890"],
    ["a large double with an exponent", "1e20"],
    ["digits within a string", String.raw`["12345678901234567890","a\"12345678901234567890"]`],
    ["a number that begins with 0, which is not JSON", "[012345678901234567890]"],
    ["a number with two points, which is not JSON", "1234567890.1234567890.1"],
    ["a number as a key, which is not JSON", "{12345678901234567890 \n:1}"],
    ["a string that never ends", '["12345678901234567890'],
    ["nothing", ""],
  ])("leaves %s as it is", (_name, text) => {
    expect(quoteLossyNumbers(text)).toBe(text);
  });
});

describe("mayLosePrecision", () => {
  it.each([
    ["fifteen digits on both sides of a point", "[123456789012345.123456789012345]"],
    ["an exponent of two digits", "[1e20,1E+99,1e-999]"],
    ["digits within a string", String.raw`["12345678901234567890","a\"12345678901234567890","\\","e999"]`],
    ["digits within a string that never ends", '["12345678901234567890'],
    ["the letter e in words", "[true,false]"],
  ])("says no to %s", (_name, text) => {
    expect(mayLosePrecision(Buffer.from(text))).toBe(false);
  });

  it.each(["[1234567890123456]", "1e100", "1E+100", '{"é\\\\":1e308}', "[0.1234567890123456]"])("says yes to %s", (text) => {
    expect(mayLosePrecision(Buffer.from(text))).toBe(true);
  });
});
