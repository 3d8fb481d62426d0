import { afterEach, describe, expect, it } from "vitest";
import { startGatewayProcess } from "../src/gateway-process.ts";
import { hasProgram } from "../src/peer-programs.ts";
import { publishAll } from "../src/publish.ts";
import { createScratch } from "../src/scratch.ts";
import { isFinishedSync, straceWrapper, tracedCalls, type SystemCall } from "../src/strace.ts";

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** The system calls of a gateway that was asked to take these records, one after the other, and stopped. */
async function callsWhileSending(send: (url: string) => Promise<void>): Promise<readonly SystemCall[]> {
  using scratch = createScratch();
  const config = scratch.write(
    "tapio.yaml",
    `journal: { sqlite: { path: "${scratch.path}/data" } }\nserver: { listeners: [{ address: "127.0.0.1:0" }] }\n`,
  );
  const trace = `${scratch.path}/trace`;
  const wrapper = straceWrapper(trace, "-s", "65536", "-e", "trace=pwrite64,pwritev,fdatasync,fsync,write,writev,sendto,sendmsg");
  const gateway = await startGatewayProcess({ config, wrapper });
  closers.push(() => gateway.kill("SIGKILL"));
  await send(gateway.url);
  gateway.kill("SIGTERM");
  await gateway.exited;
  // Awaited here: the scratch folder is gone when this returns.
  return await tracedCalls(trace, gateway.pid);
}

/** Where the kernel saw the record written to the WAL, the WAL's next sync finished, and the answer sent. */
function momentsOf(calls: readonly SystemCall[], id: string, isAnswer: (text: string) => boolean): readonly [number, number, number] {
  const written = calls.findIndex(({ text }) => /^pwritev?6?4?\(.*-wal>/.test(text) && text.includes(id));
  const flushed = calls.findIndex(({ text }, index) => index > written && isFinishedSync(text, "-wal"));
  const answered = calls.findIndex(({ text }) => /^(write|writev|sendto|sendmsg)\(/.test(text) && text.includes("TCP") && isAnswer(text));
  return [written, flushed, answered];
}

function expectInOrder([written, flushed, answered]: readonly [number, number, number]): void {
  expect(written, "the record is written").toBeGreaterThan(-1);
  expect(flushed, "the WAL is flushed after that").toBeGreaterThan(written);
  expect(answered, "the answer comes after that").toBeGreaterThan(flushed);
}

describe.skipIf(!hasProgram("strace"))(
  "JRN-42: an acknowledgement is sent after the record is flushed to disk, as the kernel sees it",
  () => {
    it("to an occurrence that is posted", { timeout: 60_000 }, async () => {
      const id = "01K9SYNC";
      const occurrence = { id, timestamp: "2026-11-01T12:00:01Z", source: "tapio", type: "kernel.node.cpu_stall", severity: "warning" };
      const calls = await callsWhileSending(async (url) => {
        const response = await fetch(`${url}/v1/occurrences`, { method: "POST", body: JSON.stringify(occurrence) });
        expect(response.status).toBe(200);
      });
      expectInOrder(momentsOf(calls, id, (text) => text.includes("HTTP/1.1 200 OK")));
    });

    it("to each batch of a caller of Publish", { timeout: 60_000 }, async () => {
      const batches = Array.from({ length: 5 }, (_, n) => `sync-batch-${n}`);
      const calls = await callsWhileSending(async (url) => {
        for (const id of batches) await publishAll(url, [id]);
      });
      // The answer to a batch names its records.
      for (const id of batches) expectInOrder(momentsOf(calls, id, (text) => text.includes(id)));
    });
  },
);
