import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { readCommandLine } from "./command-line.ts";

it("runs every job, three rounds of ten seconds, unless told otherwise", () => {
  expect(readCommandLine([], ["J1", "J2"])).toEqual({
    jobs: ["J1", "J2"],
    seconds: 10,
    rounds: 3,
    records: 10_000_000,
    folder: tmpdir(),
    profileFolder: undefined,
    json: false,
    help: false,
  });
  expect(readCommandLine(["--jobs", "J2", "--seconds", "0.5", "--json"], ["J1", "J2"])).toMatchObject({
    jobs: ["J2"],
    seconds: 0.5,
    json: true,
  });
});

it("says what is wrong with an option", () => {
  expect(() => readCommandLine(["--jobs", "J9"], ["J1", "J2"])).toThrow("--jobs: there is no J9; there are J1, J2");
  expect(() => readCommandLine(["--seconds", "many"], ["J1"])).toThrow('--seconds is "many"; it must be a number above 0');
  expect(() => readCommandLine(["--rounds", "0"], ["J1"])).toThrow('--rounds is "0"; it must be a number above 0');
});
