import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { startGatewayProcess } from "../src/gateway-process.ts";
import { hasProgram } from "../src/peer-programs.ts";
import { createScratch } from "../src/scratch.ts";
import { until } from "../src/until.ts";

const occurrence =
  '{"id":"01K9SYNC","timestamp":"2026-11-01T12:00:01Z","source":"tapio","type":"kernel.node.cpu_stall","severity":"warning"}';
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Call {
  readonly text: string;
  readonly atSeconds: number;
}

/** System calls of `strace -f -ttt`, each where it ended. */
function callsOf(trace: string): readonly Call[] {
  return trace.split("\n").flatMap((line) => {
    const match = /^\d+ +(\d+\.\d+) (.*)$/.exec(line);
    return match?.[1] === undefined || match[2] === undefined ? [] : [{ atSeconds: Number(match[1]), text: match[2] }];
  });
}

describe.skipIf(!hasProgram("strace"))("an acknowledgement", () => {
  it("is sent after the record is flushed to disk, as the kernel sees it", { timeout: 60_000 }, async () => {
    using scratch = createScratch();
    const config = scratch.write(
      "tapio.yaml",
      `journal: { sqlite: { path: "${scratch.path}/data" } }\nserver: { listeners: [{ address: "127.0.0.1:0" }] }\n`,
    );
    const trace = `${scratch.path}/trace`;
    // -D: strace is the grandchild, so that signals go to the gateway.
    const wrapper = [
      "strace",
      "-D",
      "-f",
      "-ttt",
      "-s",
      "256",
      "-yy",
      "-e",
      "trace=pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg",
      "-o",
      trace,
    ];
    const gateway = await startGatewayProcess({ config, wrapper });
    closers.push(() => gateway.kill("SIGKILL"));

    const response = await fetch(`${gateway.url}/v1/occurrences`, { method: "POST", body: occurrence });
    expect(response.status).toBe(200);
    gateway.kill("SIGTERM");
    await gateway.exited;
    await until(() => new RegExp(`^${gateway.pid} .*\\+\\+\\+ exited with`, "m").test(readFileSync(trace, "latin1")), "the trace is whole");

    const calls = callsOf(readFileSync(trace, "latin1"));
    const answered = calls.findIndex(({ text }) => text.includes('"HTTP/1.1 200 OK') || text.includes("accepted"));
    const recordWritten = calls.findIndex(
      ({ text }) => text.startsWith("pwrite64(") && text.includes("-wal>") && text.includes("01K9SYNC"),
    );
    const walWritten =
      recordWritten === -1
        ? calls.findLastIndex(({ text }, index) => index < answered && text.startsWith("pwrite64(") && text.includes("-wal>"))
        : recordWritten;
    const flushed = calls.findIndex(({ text }, index) => index > walWritten && isFinishedSync(text));
    expect(walWritten).toBeGreaterThan(-1);
    expect(flushed).toBeGreaterThan(walWritten);
    expect(answered).toBeGreaterThan(flushed);
  });
});

/** A sync that has returned: whole on one line, or resumed after other threads' calls. */
function isFinishedSync(text: string): boolean {
  return (/^f(data)?sync\(.*-wal>\)\s+= 0/.test(text) || /^<\.\.\. f(data)?sync resumed>.*= 0/.test(text)) && !text.includes("unfinished");
}
