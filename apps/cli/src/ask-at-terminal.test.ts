import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { askAtTerminal } from "./ask-at-terminal.ts";

function terminal(): { input: PassThrough & { isTTY: boolean }; output: PassThrough; shown(): string } {
  let shown = "";
  const output = new PassThrough().setEncoding("utf8").on("data", (text: string) => (shown += text));
  return { input: Object.assign(new PassThrough(), { isTTY: true }), output, shown: () => shown };
}

const never = new AbortController().signal;

describe("askAtTerminal", () => {
  it("shows the question and gives the line", async () => {
    const { input, output, shown } = terminal();
    const answer = askAtTerminal("Sure? ", input, output, never);
    input.write("yes\nmore\n");
    expect([await answer, shown()]).toEqual(["yes", "Sure? "]);
  });

  it("gives nothing when nobody is there, and does not ask", async () => {
    const { output, shown } = terminal();
    expect([await askAtTerminal("Sure? ", new PassThrough(), output, never), shown()]).toEqual([undefined, ""]);
  });

  it("gives nothing when the input ends, or the user asks to stop", async () => {
    const ended = terminal();
    const answer = askAtTerminal("Sure? ", ended.input, ended.output, never);
    ended.input.end();
    expect([await answer, ended.shown()]).toEqual([undefined, expect.stringMatching(/^Sure\? \s*\n$/) as string]);
    const stopped = terminal();
    const stop = new AbortController();
    const other = askAtTerminal("Sure? ", stopped.input, stopped.output, stop.signal);
    stop.abort();
    expect([await other, stopped.shown()]).toEqual([undefined, expect.stringMatching(/^Sure\? \s*\n$/) as string]);
  });
});
