import { describe, expect, it } from "vitest";
import { chaosArguments } from "./chaos-arguments.ts";

const parse = (...args: readonly string[]): ReturnType<typeof chaosArguments> => chaosArguments(args, () => 42);

describe("the arguments of npm run chaos", () => {
  it("are 25 cycles of a new seed when there are none", () => {
    expect(parse()).toEqual({ seed: 42, cycles: 25, orderly: false, keep: false, json: false, help: false });
  });

  it("name cycles, seed and round, or restarts", () => {
    expect(parse("--cycles", "1000", "--seed", "7", "--json")).toEqual({
      seed: 7,
      cycles: 1000,
      orderly: false,
      keep: false,
      json: true,
      help: false,
    });
    expect(parse("--restarts", "100", "--round", "3")).toEqual({
      seed: 42,
      cycles: 100,
      orderly: true,
      round: 3,
      keep: false,
      json: false,
      help: false,
    });
  });

  it.each([
    [["--cycles", "ten"], '--cycles must be a whole number from 1, not "ten"'],
    [["--seed", "0"], '--seed must be a whole number from 1, not "0"'],
    [["--cycles", "1", "--restarts", "1"], "--cycles and --restarts exclude each other"],
    [["--cycle", "1"], "Unknown option '--cycle'"],
  ])("are refused when wrong: %j", (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });
});
