import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, recordingLogger } from "@tapio/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { JournalError } from "@tapio/journal";
import { openSqliteJournal } from "@tapio/journal-sqlite";
import { openWhenPossible, startWhenPossible } from "./open-when-possible.ts";
import { configOf } from "./testdata/start-test-gateway.ts";
import { settingsOf } from "./settings.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tapio-open-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A port that is free now: the waiting room tells nobody where it is. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

describe("a journal that cannot be opened", () => {
  it("keeps the process, which answers probes alone and says why, until somebody has helped", async () => {
    const damaged = join(folder, "journal.db");
    writeFileSync(damaged, "this is no database, and was one once".repeat(100));
    const port = await freePort();
    const clock = createFakeClock();
    const logger = recordingLogger();
    const settings = settingsOf(configOf(`journal: { sqlite: { path: "${folder}" } }`, `127.0.0.1:${port}`));
    const opening = openWhenPossible({ settings, clock, logger, signal: new AbortController().signal });
    await clock.untilSleeping();
    const url = `http://127.0.0.1:${port}`;
    const reason = expect.stringMatching(/^the journal cannot be opened \((corrupt|version)\): /) as string;
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { ready: false, reason, journal: { state: "failed", message: reason }, destinations: {} },
    ]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/v1/occurrences`, { method: "POST", body: "[]" })).status).toBe(503);
    expect(logger.entries.map(({ level, message }) => [level, message])).toEqual([
      ["error", "nothing is accepted until the journal can be opened; it is tried again"],
    ]);

    await clock.advance(5_000);
    await clock.untilSleeping();
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    rmSync(damaged);
    await clock.advance(5_000);
    const journal = await opening;
    expect(journal.bounds()).toEqual({ first: 1, head: 0 });
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    await journal.close();
  });

  it("is waited for while somebody who repairs it has it", async () => {
    const damaged = join(folder, "journal.db");
    writeFileSync(damaged, "this is no database".repeat(100));
    const clock = createFakeClock();
    const settings = settingsOf(configOf(`journal: { sqlite: { path: "${folder}" } }`));
    const opening = openWhenPossible({ settings, clock, logger: recordingLogger(), signal: new AbortController().signal });
    await clock.untilSleeping();
    rmSync(damaged);
    const repairing = await openSqliteJournal({ path: folder });
    await clock.advance(5_000);
    await clock.untilSleeping();
    await repairing.close();
    await clock.advance(5_000);
    const journal = await opening;
    expect(journal.bounds().head).toBe(0);
    await journal.close();
  });

  it("SHD-11: gives up waiting at a signal to stop", async () => {
    writeFileSync(join(folder, "journal.db"), "this is no database".repeat(100));
    const clock = createFakeClock();
    const stopping = new AbortController();
    const settings = settingsOf(configOf(`journal: { sqlite: { path: "${folder}" } }`));
    const opening = openWhenPossible({ settings, clock, logger: recordingLogger(), signal: stopping.signal });
    await clock.untilSleeping();
    stopping.abort();
    await expect(opening).rejects.toMatchObject({ name: "StartCanceled" });
  });

  it("ends the start at once when another process has it", async () => {
    const settings = settingsOf(configOf(`journal: { sqlite: { path: "${folder}" } }`));
    const options = { settings, clock: createFakeClock(), logger: recordingLogger(), signal: new AbortController().signal };
    const journal = await openWhenPossible(options);
    await expect(openWhenPossible(options)).rejects.toMatchObject({ name: "StartError" });
    await journal.close();
  });
});

describe("destinations whose logs cannot be written", () => {
  function failing(failures: JournalError[]): { start(): Promise<void>; begun(): Promise<void>; readonly starts: number } {
    let starts = 0;
    return {
      get starts() {
        return starts;
      },
      begun: () => Promise.resolve(),
      async start() {
        starts += 1;
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
      },
    };
  }

  it("are started when there is room again, or somebody has mended what is damaged", async () => {
    const clock = createFakeClock();
    const logger = recordingLogger();
    const runtime = failing([
      new JournalError("full", "no space left"),
      new JournalError("io", "the disk failed"),
      new JournalError("corrupt", "a page of rows is damaged"),
    ]);
    const starting = startWhenPossible(runtime, { clock, logger, signal: new AbortController().signal });
    await clock.advance(15_000);
    await starting;
    expect(runtime.starts).toBe(4);
    expect(logger.entries.map(({ fields }) => fields["code"])).toEqual(["full", "io", "corrupt"]);
  });

  it("end the start when waiting helps nothing, and when somebody stops it", async () => {
    const clock = createFakeClock();
    const stopping = new AbortController();
    const options = { clock, logger: recordingLogger(), signal: stopping.signal };
    await expect(startWhenPossible(failing([new JournalError("fenced", "taken over")]), options)).rejects.toMatchObject({
      name: "StartError",
      message: "the destinations' logs cannot be opened (fenced): taken over",
    });
    const starting = startWhenPossible(failing([new JournalError("full", "no space left")]), options);
    await clock.untilSleeping();
    stopping.abort();
    await expect(starting).rejects.toMatchObject({ name: "StartCanceled" });
  });
});
