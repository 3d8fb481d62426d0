import { existsSync, renameSync, writeFileSync } from "node:fs";
import { createTapioNodeClient } from "@tapio/client/node";
import { describe, expect, it } from "vitest";
import { createHookGateway } from "../src/hook-gateway.ts";
import { hasProgram } from "../src/peer-programs.ts";
import { idsOf, publishAll } from "../src/publish.ts";
import { readIds } from "../src/read-ids.ts";
import { createScratch } from "../src/scratch.ts";
import { until } from "../src/until.ts";

/** Where Debian's libfaketime lies; the wrapper of its package sets it for one fixed time only. */
const library = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"]
  .map((folder) => `${folder}/faketime/libfaketimeMT.so.1`)
  .find((file) => existsSync(file));

describe.skipIf(!hasProgram("faketime") || library === undefined)("DLV-29, JRN-13: a clock that jumps", () => {
  it.each([
    ["two days ahead", "+48h"],
    ["two days back", "-48h"],
    ["a year ahead", "+365d"],
  ])(
    "%s and back again: records keep their order, nothing is lost, and what waits does not wait for the clock",
    { timeout: 120_000 },
    async (_, jump) => {
      using scratch = createScratch();
      const clock = scratch.write("clock", "+0\n");
      const setClock = (offset: string): void => {
        writeFileSync(`${clock}.new`, `${offset}\n`);
        renameSync(`${clock}.new`, clock);
      };
      // Timers keep to the monotonic clock, which does not jump on any system.
      const env = { LD_PRELOAD: library ?? "", FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
      await using subject = await createHookGateway({ env });
      const gateway = await subject.start();
      using client = createTapioNodeClient({ baseUrl: gateway.url });
      await publishAll(gateway.url, idsOf("before", 30));
      await until(() => subject.hasAll(idsOf("before", 30)), "what came before is delivered");

      // These wait for their next attempt when the clock jumps.
      subject.hooks.http.behave("unavailable");
      await publishAll(gateway.url, idsOf("waiting", 30));
      await subject.hooks.http.untilRequests(subject.hooks.http.requests.length + 5);
      setClock(jump);
      await publishAll(gateway.url, idsOf("during", 30));
      setClock("+0");
      await publishAll(gateway.url, idsOf("after", 30));
      subject.hooks.http.behave("accept");

      const all = ["before", "waiting", "during", "after"].flatMap((prefix) => idsOf(prefix, 30));
      await until(() => subject.hasAll(all), "all is delivered");
      expect(await readIds(gateway.url)).toEqual(all);
      expect(await acceptedTimesRise(client, all.length)).toBe(true);
      const [hook] = await client.admin.listDestinations();
      expect(hook).toMatchObject({ waiting: 0n, deadLetters: 0n });
      gateway.kill("SIGTERM");
      expect(await gateway.exited).toEqual({ code: 0, signal: null });
    },
  );
});

async function acceptedTimesRise(client: ReturnType<typeof createTapioNodeClient>, count: number): Promise<boolean> {
  const times: number[] = [];
  for await (const item of client.subscribe({ start: "beginning" })) {
    if (item.kind === "record") times.push(item.acceptedAtMs);
    if (times.length === count) break;
  }
  return times.every((time, n) => n === 0 || time >= (times[n - 1] ?? 0));
}
