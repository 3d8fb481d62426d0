import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { askAtTerminal } from "./ask-at-terminal.ts";

function terminal(): { input: PassThrough & { isTTY: boolean }; output: PassThrough } {
  return { input: Object.assign(new PassThrough(), { isTTY: true }), output: new PassThrough() };
}

const never = new AbortController().signal;

describe("askAtTerminal", () => {
  it("shows the question and gives the line", async () => {
    const { input, output } = terminal();
    const answer = askAtTerminal("Sure? ", input, output, never);
    input.write("yes\nmore\n");
    expect([await answer, String(output.read())]).toEqual(["yes", "Sure? "]);
  });

  it("gives nothing when nobody is there, and does not ask", async () => {
    const { output } = terminal();
    expect([await askAtTerminal("Sure? ", new PassThrough(), output, never), output.read()]).toEqual([undefined, null]);
  });

  it("gives nothing when the input ends, or the user asks to stop", async () => {
    const ended = terminal();
    const answer = askAtTerminal("Sure? ", ended.input, ended.output, never);
    ended.input.end();
    expect(await answer).toBeUndefined();
    const stopped = terminal();
    const stop = new AbortController();
    const other = askAtTerminal("Sure? ", stopped.input, stopped.output, stop.signal);
    stop.abort();
    expect(await other).toBeUndefined();
  });
});
